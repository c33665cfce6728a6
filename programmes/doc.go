// Package programmes holds the regions' programmes as data: one YAML file a
// region, and the outline of its municipalities for the map.
//
// Finnish: ohjelmat. Read by cmd/kokko through region/programme. Adding a region
// is adding a file; nothing here is code.
//
// Outlines: National Land Survey of Finland, CC BY 4.0. Points of places:
// Statistics Finland's postal areas, CC BY 4.0, and the Land Survey's place
// names. Former municipalities of places: YSO places, National Library of
// Finland, CC BY 4.0.
package programmes
