package web

import "net/http"

// What everybody may take along and use: the page that says so, made of the same
// columns as the files.

// setLicence is on what terms the open list may be used: one of licences(), "" while
// the office has given none.
const setLicence = "opendata.licence"

// licences are the terms an office can choose from, by their SPDX names.
func licences() []string { return []string{"CC-BY-4.0", "CC0-1.0"} }

// licence says the terms in words, with the address of the licence.
func (v *Visit) licence(set string) string {
	if set = oneOf(set, licences()...); set == "" {
		return v.T("opendata.licence.none")
	}
	return v.T("opendata.licence."+set, "region", v.In(v.Edition.Region.Name)) + " " + licenceAddress(set)
}

func licenceAddress(set string) string {
	switch set {
	case "CC-BY-4.0":
		return "https://creativecommons.org/licenses/by/4.0/"
	case "CC0-1.0":
		return "https://creativecommons.org/publicdomain/zero/1.0/"
	}
	return ""
}

func (v *Visit) openData() error {
	set, err := v.settings()
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, openDataPage(v, oneOf(set[setLicence], licences()...)))
}
