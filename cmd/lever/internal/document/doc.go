// Package document is the service that the lever command shows and serves: text documents that
// several people edit at once and watch live.
//
// Each document is one resource of the service "document"; the first touch makes it. Reading,
// editing and watching speak of characters (Unicode code points) and of revisions: every edit names
// the revision its author saw, makes the next one, and is refused as a conflict when somebody else
// was faster. Beside its text a document carries one attachment of plain bytes.
//
// The package never writes to disk, never forgets an edit it acknowledged while it runs, and never
// keeps more than its limits say: MaxDocuments, MaxText, MaxLog and MaxAttachment.
//
// Text is copied in and out. An attachment is given: neither side may change it afterwards. Store
// and Document are safe for concurrent use.
package document
