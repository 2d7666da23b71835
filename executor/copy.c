/* copy.c: COPY between tables and files of the server, and what COPY wants of its client. */
#include "executor/copy_int.h"

#include "runtime/file.h"

#define FILE_CHUNK_BYTES (256u * 1024u)

CopyDirection copy_direction(const AstCopy *copy) {
    if (copy->file != NULL || copy->program)
        return COPY_FILE;
    return copy->from ? COPY_FROM_CLIENT : COPY_TO_CLIENT;
}

static Status check_role(UtilityCall *call, const AstCopy *copy) {
    CatalogSession *catalog = call->session->catalog;
    bool allowed;
    Oid role = copy->program ? OID_ROLE_EXECUTE_SERVER_PROGRAM
               : copy->from  ? OID_ROLE_READ_SERVER_FILES
                             : OID_ROLE_WRITE_SERVER_FILES;
    TRY(role_has_privileges_of(catalog, session_role(catalog), role, &allowed));
    if (allowed && copy->program)
        return error(ERR_FEATURE_NOT_SUPPORTED, "COPY to or from an external program is disabled");
    if (allowed)
        return STATUS_OK;
    const char *hint = "Anyone can COPY to stdout or from stdin. psql's \\copy command also works "
                       "for anyone.";
    const char *what = copy->program ? "must be superuser or have privileges of the "
                                       "pg_execute_server_program role to COPY to or from an "
                                       "external program"
                       : copy->from  ? "must be superuser or have privileges of the "
                                       "pg_read_server_files role to COPY from a file"
                                     : "must be superuser or have privileges of the "
                                       "pg_write_server_files role to COPY to a file";
    return status_hint(error(ERR_INSUFFICIENT_PRIVILEGE, "%s", what), "%s", hint);
}

/* A file's error as COPY words it. */
static Status open_error(Status s, const AstCopy *copy) {
    const char *cause = strrchr(s.error->message, ':');
    Status worded = error(s.error->state, "could not open file \"%s\" for %s%s", copy->file,
                          copy->from ? "reading" : "writing", cause == NULL ? "" : cause);
    status_free(s);
    return status_hint(
        worded, copy->from
                    ? "COPY FROM instructs the PostgreSQL server process to read a file. You "
                      "may want a client-side facility such as psql's \\copy."
                    : "COPY TO instructs the PostgreSQL server process to write a file. You "
                      "may want a client-side facility such as psql's \\copy.");
}

static Status from_file(UtilityCall *call, const AstCopy *copy) {
    CopyFormat format;
    CopyIn *in;
    File *file;
    Status s = file_open(copy->file, FILE_READ, &file);
    if (!status_ok(s))
        return open_error(s, copy);
    s = copy_in_begin(call->session, call->arena, call->raw, call->text, &format, &in);
    void *chunk = mem_alloc(&call->session->account, FILE_CHUNK_BYTES);
    size_t got = 1;
    for (uint64_t offset = 0; status_ok(s) && got > 0; offset += got) {
        s = file_read_some(file, chunk, FILE_CHUNK_BYTES, offset, &got);
        if (status_ok(s) && got > 0)
            s = copy_in_feed(in, chunk, got);
    }
    if (status_ok(s))
        s = copy_in_finish(in, &call->processed);
    copy_in_end(in);
    mem_free(&call->session->account, chunk, FILE_CHUNK_BYTES);
    file_close(file);
    return s;
}

static Status create_file(const AstCopy *copy, File **file_out) {
    if (copy->file[0] != '/')
        return error(ERR_INVALID_NAME, "relative path not allowed for COPY to file");
    Status s = file_open(copy->file, FILE_CREATE | FILE_TRUNCATE, file_out);
    return status_ok(s) ? s : open_error(s, copy);
}

static Status to_file(UtilityCall *call, const AstCopy *copy) {
    CopyFormat format;
    CopyOut *out;
    File *file = NULL;
    TRY(copy_out_begin(call->session, call->arena, call->raw, call->text, &format, &out));
    Status s = create_file(copy, &file);
    uint64_t offset = 0;
    uint32_t rows = 1;
    while (status_ok(s) && rows > 0) {
        const uint32_t *ends;
        Str chunk;
        s = copy_out_next(out, &chunk, &ends, &rows);
        if (status_ok(s) && chunk.len > 0)
            s = file_write(file, chunk.data, chunk.len, offset);
        offset += chunk.len;
    }
    call->processed = copy_out_rows(out);
    copy_out_end(out);
    if (file != NULL)
        file_close(file);
    return s;
}

static Status copy_execute(UtilityCall *call) {
    const AstCopy *copy = (const AstCopy *)call->raw->statement;
    call->tag_has_count = true;
    if (copy_direction(copy) != COPY_FILE)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     copy->from ? "cannot COPY from stdin here" : "cannot COPY to stdout here");
    TRY(check_role(call, copy));
    return copy->from ? from_file(call, copy) : to_file(call, copy);
}

static const UtilityCommand copy_commands[] = {
    {AST_COPY, "COPY", 0, copy_execute, NULL},
};

void copy_register(void) { utility_register(copy_commands, ARRAY_LEN(copy_commands)); }
