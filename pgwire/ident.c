/* ident.c: pg_ident.conf: which names of the system may be which roles. */
#include "pgwire/hba.h"
#include "runtime/log.h"
#include "types/regex.h"

#include <string.h>

const char *ident_default_text(void) {
    return "# Which names of the system (peer) or of certificates (cert) may be which roles, for "
           "rules\n"
           "# of pg_hba.conf with map=MAP. A SYSTEM-NAME that begins with / is a regular "
           "expression;\n"
           "# \\1 in ROLE stands for what its first parenthesis matched.\n"
           "\n"
           "# MAP           SYSTEM-NAME             ROLE\n";
}

/* system_name "/…": NULL or what is wrong with the expression. */
static const char *check_expression(Arena *arena, const char *system_name) {
    if (system_name[0] != '/')
        return NULL;
    Regex *regex;
    Status status = regex_compile(arena, str_from_cstr(system_name + 1), 0, &regex);
    if (status_ok(status))
        return NULL;
    const char *colon = strstr(status.error->message, ": ");
    const char *text = arena_printf(arena, "invalid regular expression \"%s\": %s", system_name + 1,
                                    colon == NULL ? status.error->message : colon + 2);
    status_free(status);
    return text;
}

void ident_parse(Arena *arena, const char *path, const char *text, IdentLines *lines_out) {
    AuthLines lines;
    *lines_out = (IdentLines){0};
    auth_file_split(arena, path, text, &lines);
    for (size_t i = 0; i < lines.count; i++) {
        const AuthLine *source = &lines.items[i];
        IdentLine line = {.number = source->number, .error = source->error};
        const char *values[3];
        for (size_t f = 0; f < 3 && line.error == NULL; f++) {
            if (f >= source->fields.count)
                line.error = "missing entry at end of line";
            else if (source->fields.items[f].count > 1)
                line.error = "multiple values in ident field";
            else
                values[f] = source->fields.items[f].items[0].text;
        }
        if (line.error == NULL)
            line.error = check_expression(arena, values[1]);
        line.has_rule = line.error == NULL;
        if (line.has_rule)
            line.rule = (IdentRule){line.number, values[0], values[1], values[2]};
        vec_push(lines_out, arena, line);
    }
}

/* The role that the rule makes of the name: NULL where it does not match, or cannot be built. */
static const char *expression_role(const IdentRule *rule, Arena *arena, const char *system_name) {
    Regex *regex;
    RegexMatch matches[2] = {{-1, -1}, {-1, -1}};
    bool found = false;
    Status status = regex_compile(arena, str_from_cstr(rule->system_name + 1), 0, &regex);
    if (status_ok(status))
        status = regex_search(regex, arena, str_from_cstr(system_name), 0, matches,
                              regex->capture_count > 0 ? 2 : 1, &found);
    if (!status_ok(status)) {
        log_error(LOG_LEVEL_LOG, status, NULL);
        status_free(status);
        return NULL;
    }
    const char *reference = strstr(rule->role, "\\1");
    if (!found || reference == NULL)
        return found ? rule->role : NULL;
    if (matches[1].start < 0) {
        log_write(
            LOG_LEVEL_LOG,
            "regular expression \"%s\" has no subexpressions as requested by backreference in "
            "\"%s\"",
            rule->system_name + 1, rule->role);
        return NULL;
    }
    return arena_printf(arena, "%.*s%.*s%s", (int)(reference - rule->role), rule->role,
                        matches[1].end - matches[1].start, system_name + matches[1].start,
                        reference + 2);
}

bool ident_allows(const IdentRule *rules, size_t count, Arena *arena, const char *map,
                  const char *role, const char *system_name) {
    if (map == NULL || *map == '\0') {
        if (strcmp(role, system_name) == 0)
            return true;
        log_write(LOG_LEVEL_LOG,
                  "provided user name (%s) and authenticated user name (%s) do not match", role,
                  system_name);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const IdentRule *rule = &rules[i];
        if (strcmp(rule->map, map) != 0)
            continue;
        const char *allowed = rule->system_name[0] == '/'
                                  ? expression_role(rule, arena, system_name)
                              : strcmp(rule->system_name, system_name) == 0 ? rule->role
                                                                            : NULL;
        if (allowed != NULL && strcmp(allowed, role) == 0)
            return true;
    }
    log_write(LOG_LEVEL_LOG, "no match in usermap \"%s\" for user \"%s\" authenticated as \"%s\"",
              map, role, system_name);
    return false;
}
