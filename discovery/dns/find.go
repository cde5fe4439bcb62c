package dns

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/lb"
)

// hosts makes an instance of each address of a name.
func hosts(ctx context.Context, r *net.Resolver, c *Config,
	target engine.URL) ([]engine.Instance, error) {
	addrs, err := r.LookupNetIP(ctx, c.Network, c.Name(target))
	if err != nil {
		return nil, err
	}
	for i := range addrs {
		addrs[i] = addrs[i].Unmap()
	}
	slices.SortFunc(addrs, netip.Addr.Compare)
	var instances []engine.Instance
	for _, a := range slices.Compact(addrs) {
		host := netip.AddrPortFrom(a, uint16(target.Port)).String()
		instances = append(instances, engine.Instance{Addr: c.Scheme + "://" + host})
	}
	return instances, nil
}

// services makes an instance of each SRV record of a name. The host stays a name: it is looked up
// when it is dialled, which is when its address counts.
func services(ctx context.Context, r *net.Resolver, c *Config,
	target engine.URL) ([]engine.Instance, error) {
	_, records, err := r.LookupSRV(ctx, "", "", c.Name(target))
	if err != nil {
		return nil, err
	}
	if len(records) == 1 && records[0].Target == "." { // RFC 2782: decidedly not available
		return nil, nil
	}
	slices.SortFunc(records, func(a, b *net.SRV) int {
		return cmp.Or(cmp.Compare(a.Target, b.Target), cmp.Compare(a.Port, b.Port))
	})
	most := heaviest(records)
	instances := make([]engine.Instance, len(records))
	for i, srv := range records {
		host := strings.TrimSuffix(srv.Target, ".")
		if host == "" {
			return nil, fmt.Errorf("one of %d records has no host", len(records))
		}
		instances[i] = engine.Instance{
			Addr:   c.Scheme + "://" + net.JoinHostPort(host, strconv.Itoa(int(srv.Port))),
			Weight: scaled(srv.Weight, most[srv.Priority]),
			Tier:   int(srv.Priority),
		}
	}
	return instances, nil
}

// heaviest gives the largest weight of each priority.
func heaviest(records []*net.SRV) map[uint16]uint16 {
	most := make(map[uint16]uint16)
	for _, srv := range records {
		most[srv.Priority] = max(most[srv.Priority], srv.Weight)
	}
	return most
}

// scaled makes a weight of up to 65,535 one of up to lb.MaxWeight, in proportion to the largest of
// its priority. Weights that fit stay; zero, which RFC 2782 gives a small chance, becomes 1.
func scaled(weight, most uint16) int {
	w := int(weight)
	if most > lb.MaxWeight {
		w = (w*lb.MaxWeight + int(most)/2) / int(most)
	}
	return max(w, 1)
}
