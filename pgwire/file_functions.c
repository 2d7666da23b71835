/*
 * file_functions.c: SQL functions that look at the server's files (manual: Generic File Access
 * Functions). Who may call them is for the catalogs; here paths are kept below the data directory
 * for all but members of pg_read_server_files.
 */
#include "pgwire/functions.h"

#include "catalog/acl.h"
#include "pgwire/client_int.h"
#include "runtime/file.h"
#include "runtime/os.h"
#include "types/record.h"
#include "types/text.h"

static ClientSession *client_in(const FnCall *call) { return client_of(call->site->env->session); }

/* ".." anywhere leaves the directory, whatever follows. */
static bool climbs(const char *path) {
    for (const char *p = path; (p = strstr(p, "..")) != NULL; p += 2)
        if ((p == path || p[-1] == '/') && (p[2] == '\0' || p[2] == '/'))
            return true;
    return false;
}

/* The path as the system takes it. */
static Status resolve(const FnCall *call, const char *path, const char **full_out) {
    const ClientSession *client = client_in(call);
    const char *directory = client->server->options->data_directory;
    bool allowed;
    TRY(role_has_privileges_of(client->exec.catalog, session_role(client->exec.catalog),
                               OID_ROLE_READ_SERVER_FILES, &allowed));
    bool inside = path[0] != '/' || (strncmp(path, directory, strlen(directory)) == 0 &&
                                     path[strlen(directory)] == '/');
    if (!allowed && path[0] == '/' && (!inside || climbs(path)))
        return error(ERR_INSUFFICIENT_PRIVILEGE, "absolute path not allowed");
    if (!allowed && climbs(path))
        return error(ERR_INSUFFICIENT_PRIVILEGE, "path must be in or below the current directory");
    *full_out = path[0] == '/' ? path : arena_printf(call->arena, "%s/%s", directory, path);
    return STATUS_OK;
}

static const char *path_arg(const FnCall *call) {
    return arena_strndup(call->arena, call->args[0].str.data, call->args[0].str.len);
}

/* ---- contents ---- */

typedef struct Range {
    int64_t offset, len; /* from the end where negative; len -1: all */
    bool missing_ok;
} Range;

static Status read_range(FnCall *call, File *file, const Range *range, Str *bytes_out) {
    uint64_t size;
    TRY(file_size(file, &size));
    int64_t start = range->offset >= 0 ? range->offset : (int64_t)size + range->offset;
    start = MAX(0, MIN(start, (int64_t)size));
    uint64_t left = size - (uint64_t)start;
    uint64_t len = range->len < 0 ? left : MIN((uint64_t)range->len, left);
    void *buf;
    if (len > ARENA_ALLOC_MAX)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "file length too large");
    TRY(arena_try_alloc(call->arena, len + 1, &buf));
    size_t got = 0;
    if (len > 0)
        TRY(file_read_some(file, buf, len, (uint64_t)start, &got));
    *bytes_out = str_make(buf, got);
    return STATUS_OK;
}

static Status read_file(FnCall *call, const Range *range, bool text) {
    const char *path = path_arg(call), *full;
    TRY(resolve(call, path, &full));
    if (range->len < -1)
        return error(ERR_INVALID_PARAMETER_VALUE, "requested length cannot be negative");
    if (!file_exists(full)) {
        call->result_null = range->missing_ok;
        return range->missing_ok
                   ? STATUS_OK
                   : error(ERR_UNDEFINED_FILE,
                           "could not open file \"%s\" for reading: No such file or directory",
                           path);
    }
    File *file;
    Str bytes = {0};
    TRY(file_open(full, FILE_READ, &file));
    Status status = read_range(call, file, range, &bytes);
    file_close(file);
    TRY(status);
    if (text)
        TRY(text_verify(bytes.data, bytes.len));
    call->result.str = bytes;
    return STATUS_OK;
}

static Range range_of(const FnCall *call) {
    Range range = {.len = -1};
    if (call->site->arg_count < 3)
        return range;
    range.offset = call->args[1].i64;
    range.len = call->args[2].i64 < 0 ? -2 : call->args[2].i64;
    range.missing_ok = call->site->arg_count == 4 && call->args[3].b;
    return range;
}

static Status fn_read_text(FnCall *call) {
    Range range = range_of(call);
    return read_file(call, &range, true);
}

static Status fn_read_binary(FnCall *call) {
    Range range = range_of(call);
    return read_file(call, &range, false);
}

/* ---- what the file system knows ---- */

static Status fn_stat(FnCall *call) {
    static const Oid types[] = {OID_INT8,        OID_TIMESTAMPTZ, OID_TIMESTAMPTZ,
                                OID_TIMESTAMPTZ, OID_TIMESTAMPTZ, OID_BOOL};
    static const PhysType phys[] = {PHYS_I64, PHYS_I64, PHYS_I64, PHYS_I64, PHYS_I64, PHYS_BYTE};
    static const bool nulls[] = {false, false, false, false, true, false};
    const char *path = path_arg(call), *full;
    OsFileInfo info;
    TRY(resolve(call, path, &full));
    if (!os_file_info(full, &info)) {
        call->result_null = call->site->arg_count == 2 && call->args[1].b;
        return call->result_null
                   ? STATUS_OK
                   : error(ERR_UNDEFINED_FILE,
                           "could not stat file \"%s\": No such file or directory", path);
    }
    Datum values[] = {datum_i64((int64_t)info.size),
                      datum_i64(info.accessed_us - CLOCK_EPOCH_2000_US),
                      datum_i64(info.modified_us - CLOCK_EPOCH_2000_US),
                      datum_i64(info.changed_us - CLOCK_EPOCH_2000_US),
                      {.i64 = 0},
                      datum_bool(info.is_directory)};
    return record_build(call->arena, OID_RECORD, -1, ARRAY_LEN(types), types, phys, values, nulls,
                        &call->result);
}

/* ---- directories ---- */

typedef struct Listing {
    const char *directory; /* as the system takes it */
    const char **names;
    size_t count, next;
} Listing;

/* Relative paths lie in the data directory. */
static Status listing_make(SetCall *set, const char *path, bool missing_ok, bool dots) {
    Listing *listing = arena_new(set->scan_arena, Listing);
    *listing = (Listing){0};
    set->state = listing;
    TRY(resolve(&set->call, path, &listing->directory));
    if (!dir_exists(listing->directory))
        return missing_ok
                   ? STATUS_OK
                   : error(ERR_UNDEFINED_FILE,
                           "could not open directory \"%s\": No such file or directory", path);
    const char **found;
    size_t count;
    TRY(dir_list(listing->directory, set->scan_arena, &found, &count));
    listing->names = arena_array(set->scan_arena, const char *, count + 2);
    if (dots) {
        listing->names[listing->count++] = ".";
        listing->names[listing->count++] = "..";
    }
    memcpy(listing->names + listing->count, found, count * sizeof(*found));
    listing->count += count;
    return STATUS_OK;
}

static Status ls_dir_start(SetCall *set) {
    const FnCall *call = &set->call;
    bool three = call->site->arg_count == 3;
    return listing_make(set, path_arg(call), three && call->args[1].b, three && call->args[2].b);
}

static Status ls_dir_next(SetCall *set, bool *row_out) {
    Listing *listing = set->state;
    *row_out = listing->next < listing->count;
    if (*row_out)
        set->columns[0] = datum_cstr(listing->names[listing->next++]);
    return STATUS_OK;
}

static Status ls_tmp_start(SetCall *set) { return listing_make(set, "temp", true, false); }
static Status ls_log_start(SetCall *set) { return listing_make(set, "log", false, false); }
static Status ls_wal_start(SetCall *set) { return listing_make(set, "wal", false, false); }
static Status ls_archive_start(SetCall *set) {
    return listing_make(set, "wal/archive_status", true, false);
}

/* Names, sizes and times of regular files that do not begin with a dot. */
static Status ls_files_next(SetCall *set, bool *row_out) {
    Listing *listing = set->state;
    *row_out = false;
    while (listing->next < listing->count && !*row_out) {
        const char *name = listing->names[listing->next++];
        OsFileInfo info;
        const char *full = arena_printf(set->call.arena, "%s/%s", listing->directory, name);
        if (name[0] == '.' || !os_file_info(full, &info) || info.is_directory)
            continue;
        set->columns[0] = datum_cstr(name);
        set->columns[1] = datum_i64((int64_t)info.size);
        set->columns[2] = datum_i64(info.modified_us - CLOCK_EPOCH_2000_US);
        *row_out = true;
    }
    return STATUS_OK;
}

#define FILE_FN(oid_, src, fn)                                                                     \
    { .oid = oid_, .prosrc = src, .kind = FN_SCALAR, .strict = true, .scalar = fn }
#define FILE_SET(oid_, src, start, next)                                                           \
    {                                                                                              \
        .oid = oid_, .prosrc = src, .kind = FN_SET, .strict = true, .set_start = start,            \
        .set_next = next                                                                           \
    }

static const FnEntry entries[] = {
    FILE_FN(2623, "pg_stat_file_1arg", fn_stat),
    FILE_FN(3307, "pg_stat_file", fn_stat),
    FILE_FN(2624, "pg_read_file_off_len", fn_read_text),
    FILE_FN(3293, "pg_read_file_v2", fn_read_text),
    FILE_FN(3826, "pg_read_file_all", fn_read_text),
    FILE_FN(4100, "pg_read_file", fn_read_text),
    FILE_FN(3295, "pg_read_binary_file", fn_read_binary),
    FILE_FN(3827, "pg_read_binary_file_off_len", fn_read_binary),
    FILE_FN(3828, "pg_read_binary_file_all", fn_read_binary),
    FILE_SET(2625, "pg_ls_dir_1arg", ls_dir_start, ls_dir_next),
    FILE_SET(3297, "pg_ls_dir", ls_dir_start, ls_dir_next),
    FILE_SET(3353, "pg_ls_logdir", ls_log_start, ls_files_next),
    FILE_SET(3354, "pg_ls_waldir", ls_wal_start, ls_files_next),
    FILE_SET(5029, "pg_ls_tmpdir_noargs", ls_tmp_start, ls_files_next),
    FILE_SET(5030, "pg_ls_tmpdir_1arg", ls_tmp_start, ls_files_next),
    FILE_SET(5031, "pg_ls_archive_statusdir", ls_archive_start, ls_files_next),
};

void file_functions_register(void) { fn_register(entries, ARRAY_LEN(entries)); }
