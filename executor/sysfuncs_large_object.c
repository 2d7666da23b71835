/* sysfuncs_large_object.c: large objects from SQL and through the fast path (manual: Server-Side
 * Functions of Large Objects). */
#include "executor/large_object.h"
#include "executor/sysfuncs_int.h"

#include "runtime/file.h"

#include <stdio.h>

#define FILE_CHUNK_BYTES (64u * 1024u)

static Session *session_in(const FnCall *call) { return call->site->env->session; }

static Status descriptor_at(FnCall *call, LargeObject **out) {
    *out = large_object_descriptor(session_in(call), call->args[0].i32);
    return *out != NULL ? STATUS_OK
                        : error(ERR_UNDEFINED_OBJECT, "invalid large-object descriptor: %d",
                                call->args[0].i32);
}

static Status writable_at(FnCall *call, LargeObject **out) {
    TRY(descriptor_at(call, out));
    return (*out)->writable
               ? STATUS_OK
               : error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                       "large object descriptor %d was not opened for writing", call->args[0].i32);
}

/* ---- descriptors ---- */

static Status fn_open(FnCall *call) {
    LargeObject object;
    int32_t fd;
    TRY(large_object_open(session_in(call), arg_oid(call, 0), call->args[1].i32, &object));
    TRY(large_object_descriptor_new(session_in(call), &object, &fd));
    return give_i32(call, fd);
}

static Status fn_close(FnCall *call) {
    LargeObject *object;
    TRY(descriptor_at(call, &object));
    large_object_descriptor_close(session_in(call), call->args[0].i32);
    return give_i32(call, 0);
}

static Status fn_read(FnCall *call) {
    LargeObject *object;
    void *room;
    int64_t got, size, here, len = MAX(call->args[1].i32, 0);
    TRY(descriptor_at(call, &object));
    if (!object->readable)
        return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                     "large object descriptor %d was not opened for reading", call->args[0].i32);
    if (len > LARGE_OBJECT_PAGE_BYTES) { /* no more memory than there is to read */
        here = object->offset;
        TRY(large_object_seek(session_in(call), object, 0, SEEK_END, &size));
        object->offset = here;
        len = MIN(len, MAX(size - here, 0));
    }
    TRY(arena_try_alloc(call->arena, (size_t)len + 1, &room));
    TRY(large_object_read(session_in(call), object, room, len, &got));
    call->result.str = str_make(room, (size_t)got);
    return STATUS_OK;
}

static Status fn_write(FnCall *call) {
    LargeObject *object;
    Str data = call->args[1].str;
    TRY(writable_at(call, &object));
    TRY(large_object_write(session_in(call), object, data.data, data.len));
    return give_i32(call, (int32_t)data.len);
}

static Status out_of_range(const char *function, int32_t fd) {
    return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE,
                 "%s result out of range for large-object descriptor %d", function, fd);
}

static Status fn_seek(FnCall *call) {
    LargeObject *object;
    int64_t at;
    TRY(descriptor_at(call, &object));
    TRY(large_object_seek(session_in(call), object, call->args[1].i32, call->args[2].i32, &at));
    return at > INT32_MAX ? out_of_range("lo_lseek", call->args[0].i32)
                          : give_i32(call, (int32_t)at);
}

static Status fn_seek64(FnCall *call) {
    LargeObject *object;
    int64_t at;
    TRY(descriptor_at(call, &object));
    TRY(large_object_seek(session_in(call), object, call->args[1].i64, call->args[2].i32, &at));
    return give_i64(call, at);
}

static Status fn_tell(FnCall *call) {
    LargeObject *object;
    TRY(descriptor_at(call, &object));
    return object->offset > INT32_MAX ? out_of_range("lo_tell", call->args[0].i32)
                                      : give_i32(call, (int32_t)object->offset);
}

static Status fn_tell64(FnCall *call) {
    LargeObject *object;
    TRY(descriptor_at(call, &object));
    return give_i64(call, object->offset);
}

static Status fn_truncate(FnCall *call) {
    LargeObject *object;
    TRY(writable_at(call, &object));
    TRY(large_object_truncate(session_in(call), object, call->args[1].i32));
    return give_i32(call, 0);
}

static Status fn_truncate64(FnCall *call) {
    LargeObject *object;
    TRY(writable_at(call, &object));
    TRY(large_object_truncate(session_in(call), object, call->args[1].i64));
    return give_i32(call, 0);
}

/* ---- whole objects ---- */

static Status fn_creat(FnCall *call) {
    Oid oid;
    TRY(large_object_create(session_in(call), 0, &oid));
    return give_oid(call, oid);
}

static Status fn_create(FnCall *call) {
    Oid oid;
    TRY(large_object_create(session_in(call), arg_oid(call, 0), &oid));
    return give_oid(call, oid);
}

static Status fn_unlink(FnCall *call) {
    TRY(large_object_drop(session_in(call), arg_oid(call, 0)));
    return give_i32(call, 1);
}

static Status fn_from_bytea(FnCall *call) {
    Oid oid;
    LargeObject object;
    Str data = call->args[1].str;
    TRY(large_object_create(session_in(call), arg_oid(call, 0), &oid));
    TRY(large_object_open(session_in(call), oid, LARGE_OBJECT_WRITE, &object));
    TRY(large_object_write(session_in(call), &object, data.data, data.len));
    return give_oid(call, oid);
}

/* len < 0: to the end. */
static Status get_fragment(FnCall *call, int64_t offset, int64_t len) {
    LargeObject object;
    int64_t size, got, at;
    void *room;
    TRY(large_object_open(session_in(call), arg_oid(call, 0), LARGE_OBJECT_READ, &object));
    TRY(large_object_seek(session_in(call), &object, 0, SEEK_END, &size));
    int64_t rest = size > offset ? size - offset : 0;
    if (len < 0 || len > rest)
        len = rest;
    if (len > (int64_t)ARENA_ALLOC_MAX - 4)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "large object read request is too large");
    TRY(large_object_seek(session_in(call), &object, offset, SEEK_SET, &at));
    TRY(arena_try_alloc(call->arena, (size_t)len + 1, &room));
    TRY(large_object_read(session_in(call), &object, room, len, &got));
    call->result.str = str_make(room, (size_t)got);
    return STATUS_OK;
}

static Status fn_get(FnCall *call) { return get_fragment(call, 0, -1); }

static Status fn_get_fragment(FnCall *call) {
    if (call->args[2].i32 < 0)
        return error(ERR_INVALID_PARAMETER_VALUE, "requested length cannot be negative");
    return get_fragment(call, call->args[1].i64, call->args[2].i32);
}

static Status fn_put(FnCall *call) {
    LargeObject object;
    int64_t at;
    Str data = call->args[2].str;
    TRY(large_object_open(session_in(call), arg_oid(call, 0), LARGE_OBJECT_WRITE, &object));
    TRY(large_object_seek(session_in(call), &object, call->args[1].i64, SEEK_SET, &at));
    TRY(large_object_write(session_in(call), &object, data.data, data.len));
    call->result.i64 = 0;
    return STATUS_OK;
}

/* ---- the server's files ---- */

/* "could not WORD server file": with the system's cause. */
static Status server_file(Status s, const char *word, const char *path) {
    const char *cause = strrchr(s.error->message, ':');
    Status worded = error(s.error->state, "could not %s server file \"%s\"%s", word, path,
                          cause == NULL ? "" : cause);
    status_free(s);
    return worded;
}

static const char *server_path(FnCall *call, int arg) {
    const char *path = arg_text(call, arg);
    return path[0] == '/'
               ? path
               : arena_printf(call->arena, "%s/%s", session_in(call)->data_directory, path);
}

static Status import_file(FnCall *call, File *file, Oid wanted, Oid *oid_out) {
    LargeObject object;
    void *chunk = arena_alloc(call->arena, FILE_CHUNK_BYTES);
    size_t got = 1;
    TRY(large_object_create(session_in(call), wanted, oid_out));
    TRY(large_object_open(session_in(call), *oid_out, LARGE_OBJECT_WRITE, &object));
    for (uint64_t offset = 0; got > 0; offset += got) {
        Status s = file_read_some(file, chunk, FILE_CHUNK_BYTES, offset, &got);
        if (!status_ok(s))
            return server_file(s, "read", arg_text(call, 0));
        TRY(large_object_write(session_in(call), &object, chunk, got));
    }
    return STATUS_OK;
}

static Status import(FnCall *call, Oid wanted) {
    File *file;
    Oid oid;
    Status s = file_open(server_path(call, 0), FILE_READ, &file);
    if (!status_ok(s))
        return server_file(s, "open", arg_text(call, 0));
    s = import_file(call, file, wanted, &oid);
    file_close(file);
    TRY(s);
    return give_oid(call, oid);
}

static Status fn_import(FnCall *call) { return import(call, 0); }
static Status fn_import_as(FnCall *call) { return import(call, arg_oid(call, 1)); }

static Status export_file(FnCall *call, File *file, LargeObject *object) {
    void *chunk = arena_alloc(call->arena, FILE_CHUNK_BYTES);
    int64_t got;
    for (uint64_t offset = 0;; offset += (uint64_t)got) {
        TRY(large_object_read(session_in(call), object, chunk, FILE_CHUNK_BYTES, &got));
        if (got == 0)
            return STATUS_OK;
        Status s = file_write(file, chunk, (size_t)got, offset);
        if (!status_ok(s))
            return server_file(s, "write", arg_text(call, 1));
    }
}

static Status fn_export(FnCall *call) {
    LargeObject object;
    File *file;
    TRY(large_object_open(session_in(call), arg_oid(call, 0), LARGE_OBJECT_READ, &object));
    Status s = file_open(server_path(call, 1), FILE_CREATE | FILE_TRUNCATE, &file);
    if (!status_ok(s))
        return server_file(s, "create", arg_text(call, 1));
    s = export_file(call, file, &object);
    file_close(file);
    TRY(s);
    return give_i32(call, 1);
}

static const FnEntry entries[] = {
    SYSFUNC(715, "be_lo_create", fn_create),
    SYSFUNC(764, "be_lo_import", fn_import),
    SYSFUNC(765, "be_lo_export", fn_export),
    SYSFUNC(767, "be_lo_import_with_oid", fn_import_as),
    SYSFUNC(952, "be_lo_open", fn_open),
    SYSFUNC(953, "be_lo_close", fn_close),
    SYSFUNC(954, "be_loread", fn_read),
    SYSFUNC(955, "be_lowrite", fn_write),
    SYSFUNC(956, "be_lo_lseek", fn_seek),
    SYSFUNC(957, "be_lo_creat", fn_creat),
    SYSFUNC(958, "be_lo_tell", fn_tell),
    SYSFUNC(964, "be_lo_unlink", fn_unlink),
    SYSFUNC(1004, "be_lo_truncate", fn_truncate),
    SYSFUNC(3170, "be_lo_lseek64", fn_seek64),
    SYSFUNC(3171, "be_lo_tell64", fn_tell64),
    SYSFUNC(3172, "be_lo_truncate64", fn_truncate64),
    SYSFUNC(3457, "be_lo_from_bytea", fn_from_bytea),
    SYSFUNC(3458, "be_lo_get", fn_get),
    SYSFUNC(3459, "be_lo_get_fragment", fn_get_fragment),
    SYSFUNC(3460, "be_lo_put", fn_put),
};

void sysfuncs_large_object_register(void) { fn_register(entries, ARRAY_LEN(entries)); }
