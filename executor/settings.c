/* settings.c: see the header. */
#include "executor/settings_int.h"

#include "base/hash.h"

#include "base/strbuf.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* clang-format off */
#define BOOL SETTING_BOOL
#define INTEGER SETTING_INTEGER
#define REAL SETTING_REAL
#define STRING SETTING_STRING
#define ENUM SETTING_ENUM
#define INTERNAL SETTING_INTERNAL
#define POSTMASTER SETTING_POSTMASTER
#define SIGHUP SETTING_SIGHUP
#define SUPERUSER_BACKEND SETTING_SUPERUSER_BACKEND
#define BACKEND SETTING_BACKEND
#define SUPERUSER SETTING_SUPERUSER
#define USER SETTING_USER
static const SettingInfo table[] = {
#define SETTING(name, type, context, boot, unit, min, max, values, category, flags) \
    {name, type, context, boot, unit, min, max, values, category, flags},
#include "executor/settings.def"
#undef SETTING
};
#undef BOOL
#undef INTEGER
#undef REAL
#undef STRING
#undef ENUM
#undef INTERNAL
#undef POSTMASTER
#undef SIGHUP
#undef SUPERUSER_BACKEND
#undef BACKEND
#undef SUPERUSER
#undef USER
/* clang-format on */

_Static_assert(ARRAY_LEN(table) == SETTING_COUNT, "settings.def");

/* A session's own value of one setting. */
typedef struct Override {
    int index;  /* < 0: custom */
    char *name; /* custom settings only */
    char *value;
    char *reset_value; /* what RESET goes back to; NULL: the server's */
    SettingSource source;
    SettingSource reset_source;
} Override;

/* One change, to take it back. */
typedef struct Undo {
    int index;
    char *name;
    char *old_value; /* NULL: there was no override */
    char *new_value;
    SettingSource old_source;
    bool local;
} Undo;

struct Settings {
    SettingsServer *server;
    uint32_t generation; /* of the server's settings that the session knows */
    MemAccount *account;
    SettingsHooks hooks;
    Override *overrides;
    size_t override_count, override_capacity;
    Undo *undo;
    size_t undo_count, undo_capacity;
};

size_t setting_count(void) { return ARRAY_LEN(table); }

const SettingInfo *setting_info(size_t index) {
    check(index < ARRAY_LEN(table));
    return &table[index];
}

int setting_find(const char *name) {
    size_t low = 0, high = ARRAY_LEN(table);
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcasecmp(name, table[middle].name);
        if (order == 0)
            return (int)middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}

const char *setting_context_name(SettingContext context) {
    static const char *const names[] = {"internal", "postmaster", "sighup", "superuser-backend",
                                        "backend",  "superuser",  "user"};
    return names[context];
}

const char *setting_type_name(SettingType type) {
    static const char *const names[] = {"bool", "integer", "real", "string", "enum"};
    return names[type];
}

/* ---- units ---- */

typedef struct Unit {
    const char *name;
    const char *base;
    double factor; /* how many bases it is */
} Unit;

/* Largest first per base: what SHOW tries. */
static const Unit units[] = {
    {"TB", "B", 1024.0 * 1024 * 1024 * 1024},
    {"GB", "B", 1024.0 * 1024 * 1024},
    {"MB", "B", 1024.0 * 1024},
    {"kB", "B", 1024.0},
    {"B", "B", 1},
    {"TB", "kB", 1024.0 * 1024 * 1024},
    {"GB", "kB", 1024.0 * 1024},
    {"MB", "kB", 1024.0},
    {"kB", "kB", 1},
    {"B", "kB", 1.0 / 1024},
    {"TB", "MB", 1024.0 * 1024},
    {"GB", "MB", 1024.0},
    {"MB", "MB", 1},
    {"kB", "MB", 1.0 / 1024},
    {"B", "MB", 1.0 / (1024.0 * 1024)},
    {"TB", "8kB", 1024.0 * 1024 * 1024 / 8},
    {"GB", "8kB", 1024.0 * 1024 / 8},
    {"MB", "8kB", 1024.0 / 8},
    {"kB", "8kB", 1.0 / 8},
    {"B", "8kB", 1.0 / 8192},
    {"d", "ms", 86400000},
    {"h", "ms", 3600000},
    {"min", "ms", 60000},
    {"s", "ms", 1000},
    {"ms", "ms", 1},
    {"us", "ms", 0.001},
    {"d", "s", 86400},
    {"h", "s", 3600},
    {"min", "s", 60},
    {"s", "s", 1},
    {"ms", "s", 0.001},
    {"us", "s", 0.000001},
    {"d", "min", 1440},
    {"h", "min", 60},
    {"min", "min", 1},
    {"s", "min", 1.0 / 60},
    {"ms", "min", 1.0 / 60000},
    {"us", "min", 1.0 / 60000000},
};

static const Unit *unit_find(const char *name, size_t len, const char *base) {
    for (size_t i = 0; i < ARRAY_LEN(units); i++)
        if (strcmp(units[i].base, base) == 0 && strlen(units[i].name) == len &&
            memcmp(units[i].name, name, len) == 0)
            return &units[i];
    return NULL;
}

typedef struct SettingText {
    const char *name, *text, *more;
} SettingText;

static const SettingText texts[] = {
#define SETTING_TEXT(name, text, more) {name, text, more},
#include "executor/setting_texts.def"
#undef SETTING_TEXT
};

static int compare_text(const void *name, const void *text) {
    return strcmp(name, ((const SettingText *)text)->name);
}

static const SettingText *find_text(const SettingInfo *info) {
    static const SettingText none = {.text = ""};
    const SettingText *text =
        bsearch(info->name, texts, ARRAY_LEN(texts), sizeof(texts[0]), compare_text);
    return text == NULL ? &none : text;
}

const char *setting_description(const SettingInfo *info) { return find_text(info)->text; }

const char *setting_description_more(const SettingInfo *info) { return find_text(info)->more; }

/* Of integers only rights of files reach up to here and no further; they are shown in octal. */
#define ACCESS_RIGHTS_MAX 0777

const char *setting_plain(const SettingInfo *info, const char *canonical, Arena *arena) {
    return info->type == SETTING_INTEGER && info->max == ACCESS_RIGHTS_MAX && info->min == 0
               ? arena_printf(arena, "%04lo", strtoul(canonical, NULL, 10))
               : arena_strdup(arena, canonical);
}

const char *setting_display(const SettingInfo *info, const char *canonical, Arena *arena) {
    if (info->unit[0] == '\0' || (info->type != SETTING_INTEGER && info->type != SETTING_REAL))
        return setting_plain(info, canonical, arena);
    double value = strtod(canonical, NULL);
    if (value <= 0)
        return arena_strdup(arena, canonical);
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (strcmp(units[i].base, info->unit) != 0)
            continue;
        double scaled = value / units[i].factor;
        if (scaled == rint(scaled) && (info->type == SETTING_INTEGER || scaled < 1e15))
            return arena_printf(arena, "%.0f%s", scaled, units[i].name);
    }
    return arena_printf(arena, "%s%s", canonical, info->unit);
}

/* ---- parsing ---- */

static Status invalid_value(const SettingInfo *info, const char *value) {
    return error(ERR_INVALID_PARAMETER_VALUE, "invalid value for parameter \"%s\": \"%s\"",
                 info->name, value);
}

static bool parse_bool(const char *value, bool *out) {
    static const struct {
        const char *word;
        size_t min;
        bool value;
    } words[] = {{"true", 1, true}, {"false", 1, false}, {"yes", 1, true}, {"no", 1, false},
                 {"on", 2, true},   {"off", 2, false},   {"1", 1, true},   {"0", 1, false}};
    size_t len = strlen(value);
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (len >= words[i].min && len <= strlen(words[i].word) &&
            strncasecmp(value, words[i].word, len) == 0) {
            *out = words[i].value;
            return true;
        }
    }
    return false;
}

static Status parse_number(const SettingInfo *info, const char *value, double *out) {
    char *end;
    errno = 0;
    double number = strtod(value, &end);
    if (info->type == SETTING_INTEGER && end != value && (*end == '\0' || isspace(*end)) &&
        strpbrk(value, ".eE") == NULL)
        number = (double)strtoll(value, &end, 0);
    if (end == value || errno == ERANGE || isnan(number))
        return invalid_value(info, value);
    while (isspace((unsigned char)*end))
        end++;
    size_t len = strlen(end);
    while (len > 0 && isspace((unsigned char)end[len - 1]))
        len--;
    if (len > 0) {
        const Unit *unit = info->unit[0] == '\0' ? NULL : unit_find(end, len, info->unit);
        if (unit == NULL) {
            Status status = invalid_value(info, value);
            if (info->unit[0] == '\0')
                return status;
            bool is_size = strchr(info->unit, 'B') != NULL;
            return status_hint(status, is_size ? "Valid units for this parameter are \"B\", "
                                                 "\"kB\", \"MB\", \"GB\", and \"TB\"."
                                               : "Valid units for this parameter are \"us\", "
                                                 "\"ms\", \"s\", \"min\", \"h\", and \"d\".");
        }
        number *= unit->factor;
    }
    *out = info->type == SETTING_INTEGER ? rint(number) : number;
    return STATUS_OK;
}

static Status canonical_number(const SettingInfo *info, const char *value, Arena *arena,
                               const char **out) {
    double number = 0;
    TRY(parse_number(info, value, &number));
    const char *text = info->type == SETTING_INTEGER ? arena_printf(arena, "%.0f", number)
                                                     : arena_printf(arena, "%g", number);
    if (info->type == SETTING_REAL && strtod(text, NULL) != number)
        text = arena_printf(arena, "%.17g", number);
    if (number < info->min || number > info->max)
        return error(ERR_INVALID_PARAMETER_VALUE,
                     "%s%s%s is outside the valid range for parameter \"%s\" (%.*g .. %.*g)", text,
                     info->unit[0] == '\0' ? "" : " ", info->unit, info->name,
                     info->type == SETTING_INTEGER ? 20 : 6, info->min,
                     info->type == SETTING_INTEGER ? 20 : 6, info->max);
    *out = text;
    return STATUS_OK;
}

static Status canonical_enum(const SettingInfo *info, const char *value, Arena *arena,
                             const char **out) {
    size_t len = strlen(value);
    for (const char *p = info->enum_values; *p != '\0';) {
        size_t n = strcspn(p, ",");
        if (n == len && strncasecmp(p, value, n) == 0) {
            *out = arena_strndup(arena, p, n);
            return STATUS_OK;
        }
        p += n + (p[n] == ',');
    }
    bool is_true;
    if (strstr(info->enum_values, "on") != NULL && parse_bool(value, &is_true)) {
        *out = is_true ? "on" : "off"; /* enums that began as booleans take their spellings */
        return STATUS_OK;
    }
    StrBuf list;
    strbuf_init(&list, arena);
    for (const char *p = info->enum_values; *p != '\0'; p++) {
        strbuf_putc(&list, *p);
        if (*p == ',')
            strbuf_putc(&list, ' ');
    }
    return status_hint(invalid_value(info, value), "Available values: %s.", strbuf_cstr(&list));
}

Status setting_canonical(const SettingInfo *info, const char *value, Arena *arena,
                         const char **out) {
    bool flag;
    switch (info->type) {
    case SETTING_BOOL:
        if (!parse_bool(value, &flag))
            return error(ERR_INVALID_PARAMETER_VALUE, "parameter \"%s\" requires a Boolean value",
                         info->name);
        *out = flag ? "on" : "off";
        return STATUS_OK;
    case SETTING_INTEGER:
    case SETTING_REAL:
        return canonical_number(info, value, arena, out);
    case SETTING_ENUM:
        return canonical_enum(info, value, arena, out);
    case SETTING_STRING:
        *out = value;
        return STATUS_OK;
    }
    UNREACHABLE();
}

/* ---- the session's ---- */

static char *copy_text(Settings *s, const char *text) {
    size_t bytes = strlen(text) + 1;
    return memcpy(mem_alloc(s->account, bytes), text, bytes);
}

static void free_text(Settings *s, char *text) {
    if (text != NULL)
        mem_free(s->account, text, strlen(text) + 1);
}

Settings *settings_make(SettingsServer *server, MemAccount *account, const SettingsHooks *hooks) {
    Settings *s = mem_alloc(account, sizeof(*s));
    *s = (Settings){.server = server,
                    .generation = atomic_load(&server->generation),
                    .account = account,
                    .hooks = *hooks};
    return s;
}

bool settings_stale(const Settings *s) {
    return s->generation != atomic_load_explicit(&s->server->generation, memory_order_acquire);
}

static void undo_free(Settings *s, Undo *undo) {
    free_text(s, undo->name);
    free_text(s, undo->old_value);
    free_text(s, undo->new_value);
}

static void override_free(Settings *s, Override *o) {
    free_text(s, o->name);
    free_text(s, o->value);
    free_text(s, o->reset_value);
}

void settings_free(Settings *s) {
    for (size_t i = 0; i < s->undo_count; i++)
        undo_free(s, &s->undo[i]);
    for (size_t i = 0; i < s->override_count; i++)
        override_free(s, &s->overrides[i]);
    mem_free(s->account, s->undo, s->undo_capacity * sizeof(Undo));
    mem_free(s->account, s->overrides, s->override_capacity * sizeof(Override));
    mem_free(s->account, s, sizeof(*s));
}

static Override *override_find(const Settings *s, int index, const char *name) {
    for (size_t i = 0; i < s->override_count; i++) {
        Override *o = &s->overrides[i];
        bool same = index >= 0 ? o->index == index
                               : o->index < 0 && name != NULL && strcasecmp(o->name, name) == 0;
        if (same)
            return o;
    }
    return NULL;
}

/* Room for one more, doubling. */
static void *grow(Settings *s, void *items, size_t count, size_t *capacity, size_t item_bytes) {
    if (count < *capacity)
        return items;
    size_t bigger = *capacity == 0 ? 4 : *capacity * 2;
    void *copy = mem_alloc(s->account, bigger * item_bytes);
    if (count > 0)
        memcpy(copy, items, count * item_bytes);
    mem_free(s->account, items, *capacity * item_bytes);
    *capacity = bigger;
    return copy;
}

static Override *override_make(Settings *s, int index, const char *name) {
    Override *o = override_find(s, index, name);
    if (o != NULL)
        return o;
    s->overrides =
        grow(s, s->overrides, s->override_count, &s->override_capacity, sizeof(Override));
    o = &s->overrides[s->override_count++];
    *o = (Override){.index = index, .name = index < 0 ? copy_text(s, name) : NULL};
    return o;
}

static void announce(Settings *s, int index, const char *name) {
    const Override *o = override_find(s, index, name);
    const char *value = o != NULL && o->value != NULL ? o->value
                        : index >= 0                  ? settings_server_value(s->server, index)
                                                      : "";
    if (s->hooks.assign != NULL)
        s->hooks.assign(s->hooks.arg, index, index >= 0 ? table[index].name : name, value);
}

void settings_refresh(Settings *s) {
    uint32_t known = s->generation;
    s->generation = atomic_load(&s->server->generation);
    for (int i = 0; i < SETTING_COUNT; i++) {
        if (atomic_load(&s->server->changed_at[i]) <= known)
            continue;
        const Override *o = override_find(s, i, NULL);
        if (o == NULL || o->value == NULL)
            announce(s, i, NULL);
    }
}

/* value NULL: no value of its own any more. Takes no ownership. */
static void put_value(Settings *s, int index, const char *name, const char *value,
                      SettingSource source) {
    Override *o = override_make(s, index, name);
    char *copy = value == NULL ? NULL : copy_text(s, value);
    free_text(s, o->value);
    o->value = copy;
    o->source = source;
    announce(s, index, name);
}

static void push_undo(Settings *s, int index, const char *name, const char *new_value, bool local) {
    const Override *o = override_find(s, index, name);
    s->undo = grow(s, s->undo, s->undo_count, &s->undo_capacity, sizeof(Undo));
    s->undo[s->undo_count++] =
        (Undo){.index = index,
               .name = index < 0 ? copy_text(s, name) : NULL,
               .old_value = o != NULL && o->value != NULL ? copy_text(s, o->value) : NULL,
               .old_source = o != NULL ? o->source : SETTING_FROM_DEFAULT,
               .new_value = new_value == NULL ? NULL : copy_text(s, new_value),
               .local = local};
}

static Status check_context(const SettingInfo *info, SettingSource source, bool superuser) {
    switch (info->context) {
    case SETTING_INTERNAL:
        return error(ERR_CANT_CHANGE_RUNTIME_PARAM, "parameter \"%s\" cannot be changed",
                     info->name);
    case SETTING_POSTMASTER:
        return error(ERR_CANT_CHANGE_RUNTIME_PARAM,
                     "parameter \"%s\" cannot be changed without restarting the server",
                     info->name);
    case SETTING_SIGHUP:
        return error(ERR_CANT_CHANGE_RUNTIME_PARAM, "parameter \"%s\" cannot be changed now",
                     info->name);
    case SETTING_SUPERUSER_BACKEND:
    case SETTING_BACKEND:
        if (source == SETTING_FROM_SESSION)
            return error(ERR_CANT_CHANGE_RUNTIME_PARAM,
                         "parameter \"%s\" cannot be set after connection start", info->name);
        if (info->context == SETTING_BACKEND || superuser)
            return STATUS_OK;
        break;
    case SETTING_SUPERUSER:
        if (superuser)
            return STATUS_OK;
        break;
    case SETTING_USER:
        return STATUS_OK;
    }
    return error(ERR_INSUFFICIENT_PRIVILEGE, "permission denied to set parameter \"%s\"",
                 info->name);
}

Status setting_unrecognized(const char *name) {
    return error(ERR_UNDEFINED_OBJECT, "unrecognized configuration parameter \"%s\"", name);
}

bool setting_is_custom_name(const char *name) {
    bool dotted = false, start = true;
    for (const char *p = name; *p != '\0'; p++) {
        if (*p == '.') {
            if (start)
                return false;
            dotted = start = true;
            continue;
        }
        bool letter = isalpha((unsigned char)*p) || *p == '_' || (unsigned char)*p >= 0x80;
        if (!letter && (start || !(isdigit((unsigned char)*p) || *p == '$')))
            return false;
        start = false;
    }
    return dotted && !start;
}

static Status resolve(const char *name, int *index_out) {
    *index_out = setting_find(name);
    if (*index_out < 0 && strncmp(name, "plpgsql.", 8) == 0)
        return status_detail(
            error(ERR_INVALID_NAME, "invalid configuration parameter name \"%s\"", name),
            "\"plpgsql\" is a reserved prefix.");
    if (*index_out >= 0 || setting_is_custom_name(name))
        return STATUS_OK;
    if (strchr(name, '.') != NULL)
        return status_detail(
            error(ERR_INVALID_NAME, "invalid configuration parameter name \"%s\"", name),
            "Custom parameter names must be two or more simple identifiers "
            "separated by dots.");
    return setting_unrecognized(name);
}

static Status checked_value(Settings *s, int index, const char *value, SettingSource source,
                            bool superuser, Arena *arena, const char **canonical_out) {
    *canonical_out = value;
    if (index < 0)
        return STATUS_OK;
    TRY(check_context(&table[index], source, superuser));
    if (value == NULL)
        return STATUS_OK;
    TRY(setting_canonical(&table[index], value, arena, canonical_out));
    if (s->hooks.validate != NULL)
        TRY(s->hooks.validate(s->hooks.arg, index, *canonical_out, source, arena, canonical_out));
    return STATUS_OK;
}

static Status set_with_arena(Settings *s, const char *name, const char *value, SettingSource source,
                             bool local, bool superuser, Arena *arena) {
    int index;
    TRY(resolve(name, &index));
    const char *canonical;
    TRY(checked_value(s, index, value, source, superuser, arena, &canonical));
    Override *o = override_find(s, index, name);
    if (canonical == NULL) { /* RESET */
        canonical = o == NULL ? NULL : o->reset_value;
        source = o == NULL ? SETTING_FROM_DEFAULT : o->reset_source;
        if (canonical != NULL)
            canonical = arena_strdup(arena, canonical);
        else if (index < 0)
            canonical = "";
    }
    if (source < SETTING_FROM_SESSION && value != NULL) {
        o = override_make(s, index, name);
        free_text(s, o->reset_value);
        o->reset_value = copy_text(s, canonical);
        o->reset_source = source;
    } else {
        push_undo(s, index, name, canonical, local);
    }
    put_value(s, index, name, canonical, source);
    return STATUS_OK;
}

Status settings_set(Settings *s, const char *name, const char *value, SettingSource source,
                    bool local, bool superuser) {
    Arena arena;
    arena_init(&arena, s->account);
    Status status = set_with_arena(s, name, value, source, local, superuser, &arena);
    arena_destroy(&arena);
    return status;
}

Status settings_validate(Settings *s, const char *name, const char *value, bool superuser) {
    Arena arena;
    arena_init(&arena, s->account);
    int index;
    const char *canonical;
    Status status = resolve(name, &index);
    if (status_ok(status))
        status = checked_value(s, index, value, SETTING_FROM_ROLE, superuser, &arena, &canonical);
    /* Nobody knows yet what a custom parameter will mean, so it takes a right to keep one. */
    if (status_ok(status) && index < 0 && !superuser)
        status =
            error(ERR_INSUFFICIENT_PRIVILEGE, "permission denied to set parameter \"%s\"", name);
    arena_destroy(&arena);
    return status;
}

Status settings_reset_all(Settings *s, bool superuser) {
    for (size_t i = 0; i < s->override_count; i++) {
        int index = s->overrides[i].index;
        if (s->overrides[i].source != SETTING_FROM_SESSION)
            continue;
        if (index >= 0 && (table[index].flags & SETTING_NO_SHOW))
            continue;
        if (index >= 0 && !status_ok(check_context(&table[index], SETTING_FROM_SESSION, superuser)))
            continue;
        const char *name = index >= 0 ? table[index].name : s->overrides[i].name;
        TRY(settings_set(s, name, NULL, SETTING_FROM_SESSION, false, superuser));
    }
    return STATUS_OK;
}

const char *settings_get_index(const Settings *s, int index) {
    if ((table[index].flags & SETTING_LIVE) != 0 && s->hooks.live != NULL) {
        const char *live = s->hooks.live(s->hooks.arg, index);
        if (live != NULL)
            return live;
    }
    const Override *o = override_find(s, index, NULL);
    return o != NULL && o->value != NULL ? o->value : settings_server_value(s->server, index);
}

const char *settings_get(const Settings *s, const char *name) {
    int index = setting_find(name);
    check(index >= 0);
    return settings_get_index(s, index);
}

uint64_t settings_hash(const Settings *s, bool (*counts)(int index)) {
    uint64_t sum = s->generation; /* whatever the order in which they were set */
    for (size_t i = 0; i < s->override_count; i++) {
        const Override *o = &s->overrides[i];
        if (o->index >= 0 && o->value != NULL && counts(o->index))
            sum += hash_combine(hash_bytes(o->value, strlen(o->value)), (uint64_t)o->index);
    }
    return sum;
}

Status settings_show(Settings *s, const char *name, bool missing_ok, Arena *arena,
                     const char **value_out) {
    *value_out = NULL;
    int index = setting_find(name);
    if (index >= 0) {
        *value_out = setting_display(&table[index], settings_get_index(s, index), arena);
        return STATUS_OK;
    }
    const Override *o = override_find(s, -1, name);
    if (o != NULL && o->value != NULL) {
        *value_out = arena_strdup(arena, o->value);
        return STATUS_OK;
    }
    *value_out = settings_server_custom(s->server, name);
    if (*value_out != NULL)
        return STATUS_OK;
    return missing_ok ? STATUS_OK : setting_unrecognized(name);
}

int64_t settings_int(const Settings *s, const char *name) {
    return (int64_t)strtoll(settings_get(s, name), NULL, 10);
}

double settings_real(const Settings *s, const char *name) {
    return strtod(settings_get(s, name), NULL);
}

bool settings_bool(const Settings *s, const char *name) {
    return strcmp(settings_get(s, name), "on") == 0;
}

SettingSource settings_source(const Settings *s, int index) {
    const Override *o = override_find(s, index, NULL);
    if (o != NULL && o->value != NULL)
        return o->source;
    return s->server->sources[index];
}

const char *settings_reset_value(const Settings *s, int index) {
    const Override *o = override_find(s, index, NULL);
    return o != NULL && o->reset_value != NULL ? o->reset_value
                                               : settings_server_value(s->server, index);
}

size_t settings_mark(const Settings *s) { return s->undo_count; }

void settings_rollback_to(Settings *s, size_t mark) {
    check(mark <= s->undo_count);
    while (s->undo_count > mark) {
        Undo *undo = &s->undo[--s->undo_count];
        put_value(s, undo->index, undo->name, undo->old_value, undo->old_source);
        undo_free(s, undo);
    }
}

static bool same_setting(const Undo *a, const Undo *b) {
    return a->index == b->index && (a->index >= 0 || strcasecmp(a->name, b->name) == 0);
}

/* What stays of the setting that undo[last] changed last, if that change was local. */
static void settle_local(Settings *s, size_t last) {
    const Undo *first = &s->undo[last];
    const Undo *kept = NULL;
    for (size_t i = last; i-- > 0;) {
        if (!same_setting(&s->undo[i], &s->undo[last]))
            continue;
        first = &s->undo[i];
        if (!s->undo[i].local) {
            kept = &s->undo[i];
            break;
        }
    }
    if (kept != NULL)
        put_value(s, kept->index, kept->name, kept->new_value, SETTING_FROM_SESSION);
    else
        put_value(s, first->index, first->name, first->old_value, first->old_source);
}

void settings_commit(Settings *s) {
    for (size_t i = s->undo_count; i-- > 0;) {
        bool is_last = true;
        for (size_t j = i + 1; j < s->undo_count; j++)
            is_last &= !same_setting(&s->undo[i], &s->undo[j]);
        if (is_last && s->undo[i].local)
            settle_local(s, i);
    }
    for (size_t i = 0; i < s->undo_count; i++)
        undo_free(s, &s->undo[i]);
    s->undo_count = 0;
}
