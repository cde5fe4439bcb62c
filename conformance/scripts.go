package conformance

import (
	"embed"
	"io/fs"
	"path"

	"github.com/leverrpc/lever/conformance/script"
)

//go:embed scripts
var files embed.FS

// Scripts gives the scripts for subjects of a role, by the names of their files and in the order
// in which they stand there.
func Scripts(role script.Role) (all []script.Script, err error) {
	names, err := fs.Glob(files, path.Join("scripts", string(role), "*.script"))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		some, err := script.Parse(path.Base(name), role, string(text))
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}
