/*
 * data_directory.c: may the server use the directory that it was told to? (manual: initdb, Creating a Database Cluster)
 *
 * An absent or empty one becomes a data directory of the owner's alone. Another's, or one that others may write to or
 * read, is refused; a group may read where the directory says so, and then also what the server makes in it.
 */
#include "pgwire/client_int.h"
#include "runtime/file.h"
#include "runtime/os.h"

#include <errno.h>

/* A directory with all that leads to it. */
static Status make_path(Server *server, const char *path) {
    for (const char *slash = path; (slash = strchr(slash + 1, '/')) != NULL;) {
        const char *parent = arena_strndup(&server->arena, path, (size_t)(slash - path));
        if (!dir_exists(parent))
            TRY(dir_create(parent));
    }
    return dir_exists(path) ? STATUS_OK : dir_create(path);
}

/* Nothing but what a start leaves that ended before it initialised anything. */
static Status is_vacant(Server *server, bool *vacant_out) {
    static const char *const ours[] = {"postmaster.pid", "temp"};
    const char **names;
    size_t count;
    *vacant_out = true;
    TRY(dir_list(server->options->data_directory, &server->arena, &names, &count));
    for (size_t i = 0; i < count; i++) {
        bool known = false;
        for (size_t k = 0; k < ARRAY_LEN(ours); k++)
            known |= strcmp(names[i], ours[k]) == 0;
        *vacant_out &= known;
    }
    return STATUS_OK;
}

static bool has_file(Server *server, const char *name) {
    return file_exists(
        arena_printf(&server->arena, "%s/%s", server->options->data_directory, name));
}

/* Ours, or vacant: then it is made what a data directory must be. */
static Status check_contents(Server *server) {
    const char *directory = server->options->data_directory;
    static const char *const signs[] = {"control", "initialising", "pages", "wal"};
    for (size_t i = 0; i < ARRAY_LEN(signs); i++)
        if (has_file(server, signs[i]))
            return STATUS_OK;
    bool vacant;
    TRY(is_vacant(server, &vacant));
    if (!vacant)
        return status_hint(
            error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE, "directory \"%s\" exists but is not empty",
                  directory),
            "If you want to create a new database system, either remove or empty the directory "
            "\"%s\" or run phantom with an argument other than \"%s\".",
            directory, directory);
    OsFileInfo info;
    if (os_file_info(directory, &info) && (info.mode & ~0750u) != 0 &&
        !os_set_file_mode(directory, 0700))
        return error(ERR_INSUFFICIENT_PRIVILEGE,
                     "could not change permissions of directory \"%s\": %s", directory,
                     strerror(errno));
    return STATUS_OK;
}

/* Nobody else may write what is in it, and only a group may read it; then new files are like that. */
static Status check_rights(Server *server) {
    const char *directory = server->options->data_directory;
    OsFileInfo info;
    if (!os_file_info(directory, &info))
        return error(ERR_INSUFFICIENT_PRIVILEGE,
                     "could not read permissions of directory \"%s\": %s", directory,
                     strerror(errno));
    if (info.owner != os_uid())
        return status_hint(error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                                 "data directory \"%s\" has wrong ownership", directory),
                           "The server must be started by the user that owns the data directory.");
    if ((info.mode & 027) != 0)
        return status_detail(error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                                   "data directory \"%s\" has invalid permissions", directory),
                             "Permissions should be u=rwx (0700) or u=rwx,g=rx (0750).");
    if ((info.mode & 050) == 0)
        return STATUS_OK;
    file_allow_group_reads();
    return settings_server_set(server->options->settings, "data_directory_mode", "488");
}

Status data_directory_prepare(Server *server) {
    const char *directory = server->options->data_directory;
    OsFileInfo info;
    if (os_file_info(directory, &info) && !info.is_directory)
        return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                     "specified data directory \"%s\" is not a directory", directory);
    TRY(make_path(server, directory));
    TRY(check_contents(server));
    TRY(check_rights(server));
    server->temp_directory = arena_printf(&server->arena, "%s/temp", directory);
    if (dir_exists(server->temp_directory))
        TRY(dir_remove_tree(server->temp_directory));
    return dir_create(server->temp_directory);
}
