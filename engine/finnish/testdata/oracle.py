# Prints, for each word on standard input, libvoikko's base forms in lower case.
import sys, libvoikko
v = libvoikko.Voikko("fi")
for line in sys.stdin:
    w = line.rstrip("\n")
    print("|".join(sorted({a["BASEFORM"].lower().replace("=", "") for a in v.analyze(w) if "BASEFORM" in a})))
