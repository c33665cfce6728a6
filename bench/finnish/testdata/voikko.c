/* Prints, for each word on standard input, libvoikko's base forms in lower case as the
   library gives them, parted by |. With an argument nothing is printed: for measuring.
   The library's functions are declared here, so that no headers are needed. */
#include <stdio.h>
#include <string.h>
#include <stdlib.h>

struct VoikkoHandle;
struct voikko_mor_analysis;
struct VoikkoHandle *voikkoInit(const char **error, const char *langcode, const char *path);
struct voikko_mor_analysis **voikkoAnalyzeWordCstr(struct VoikkoHandle *handle, const char *word);
char *voikko_mor_analysis_value_cstr(const struct voikko_mor_analysis *analysis, const char *key);
void voikko_free_mor_analysis_value_cstr(char *value);
void voikko_free_mor_analysis(struct voikko_mor_analysis **analysis);

int main(int argc, char **argv) {
    const char *error = 0;
    struct VoikkoHandle *h = voikkoInit(&error, "fi", 0);
    if (!h) {
        fprintf(stderr, "libvoikko: %s\n", error ? error : "?");
        return 1;
    }
    char line[4096];
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        struct voikko_mor_analysis **all = voikkoAnalyzeWordCstr(h, line);
        for (int i = 0; all && all[i]; i++) {
            char *base = voikko_mor_analysis_value_cstr(all[i], "BASEFORM");
            if (base && argc < 2) printf("%s%s", i ? "|" : "", base);
            if (base) voikko_free_mor_analysis_value_cstr(base);
        }
        if (all) voikko_free_mor_analysis(all);
        if (argc < 2) putchar('\n');
    }
    return 0;
}
