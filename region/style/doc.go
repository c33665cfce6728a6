// Package style is a region's house style: the words and the colours its office has
// put over those of its programme and of Kokko, without a new version of the
// programme. A bounded list of texts can be said otherwise, each in each language;
// the accent colours can be changed; whatever is not changed stays as it was.
//
// Finnish: oma tyyli (omat sanat ja värit). Called by edge/web, on every page and on
// the pages where the style is set, and by edge/notify, for the letters.
package style
