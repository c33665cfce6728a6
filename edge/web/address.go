package web

import (
	"net/url"

	"kokko/ground/fault"
	"kokko/region/office"
	"kokko/region/programme"
)

// Where a region is reached: a part of its settings page.

const addressAt = settingsAt + "/alue/osoite"

func addressRoutes() []route {
	return []route{
		{pattern: "POST " + addressAt, access: staff, verb: office.Write, object: office.Settings, do: (*Visit).moveRegion},
		{pattern: "POST " + addressAt + "/poista", access: staff, verb: office.Write, object: office.Settings, do: (*Visit).forgetAddress},
	}
}

// addressForm is the region's address as it stands.
func (v *Visit) addressForm() *Form { return v.Blank("slug", v.Region.Slug, "host", v.Region.Host) }

// siteHost is the host name that regions without one of their own share.
func (v *Visit) siteHost() string {
	u, err := url.Parse(v.where.Site)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// leftHere is the addresses this region has left, the latest first.
func (v *Visit) leftHere() (all []programme.Left) {
	for _, l := range v.where.Left {
		if l.Region == v.Region.ID {
			all = append(all, l)
		}
	}
	return all
}

// leftWords writes out an address that was left.
func (v *Visit) leftWords(l programme.Left) string {
	if l.Kind == programme.Host {
		return l.Name
	}
	return v.siteHost() + "/" + l.Name + "/"
}

func (v *Visit) moveRegion() error {
	f := v.Form()
	_, err := v.Programmes.Move(v.R.Context(), v.Region.ID, f.Get("slug"), f.Get("host"), v.where.Site)
	if err != nil {
		status := statusOf(fault.CodeOf(err))
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.Render(status, regionPage(v, v.Blank(), f))
	}
	return v.moveDone("settings.address.moved")
}

func (v *Visit) forgetAddress() error {
	f := v.Form()
	if err := v.Programmes.Forget(v.R.Context(), v.Region.ID, programme.AddressKind(f.Get("kind")), f.Get("name")); err != nil {
		return err
	}
	return v.moveDone("settings.address.forgotten")
}

// moveDone leads back to the page by the address it was asked at, which still
// leads here: a browser refuses to follow a form to another host.
func (v *Visit) moveDone(said string) error {
	v.lookAgain()
	v.Tell(v.T(said))
	return v.Go(settingsAt + "/alue")
}
