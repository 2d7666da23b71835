/*
 * client_int.h: one client's connection and session. Layer: pgwire, private.
 *
 * A ClientSession belongs to one worker. Bytes arrive in on_data on the worker's own stack and are
 * appended to `in`; where a message is complete and no fibre works for the session, one is spawned.
 * The fibre handles messages until none is complete, sends what it wrote, gives its buffers back
 * and returns: an idle session has no stack and no buffers.
 *
 *   STARTUP -> (TLS) -> STARTUP -> AUTHENTICATING -> READY -> CLOSING
 *
 * Transaction blocks:
 *   NONE -> STATEMENT (a statement on its own) -> NONE
 *   NONE -> IMPLICIT (several statements up to the end of the query string or Sync) -> NONE
 *   any of these -BEGIN-> BLOCK -COMMIT, ROLLBACK-> NONE
 *                           `-error-> FAILED -ROLLBACK, COMMIT-> NONE; -ROLLBACK TO-> BLOCK
 */
#ifndef PGWIRE_CLIENT_INT_H
#define PGWIRE_CLIENT_INT_H

#include "base/bits.h"
#include "base/list.h"
#include "base/map.h"
#include "base/vec.h"
#include "executor/copy.h"
#include "executor/function_stats.h"
#include "executor/settings.h"
#include "pgwire/hba.h"
#include "pgwire/plan_cache.h"
#include "pgwire/server.h"
#include "pgwire/session_log.h"
#include "planner/fingerprint.h"
#include "runtime/clock.h"
#include "runtime/latch.h"
#include "runtime/net.h"
#include "types/type.h"

typedef struct Tls Tls;
typedef struct TlsInfo {
    const char *version, *cipher; /* OpenSSL's own; NULL: plain */
    int bits;
    const char *peer_cn, *peer_dn; /* of the client's certificate, verified; NULL: it has none */
    const char *peer_subject, *peer_serial, *peer_issuer; /* as pg_stat_ssl shows them */
} TlsInfo;
/* A file of the settings: as they name it, and where it is; path NULL: none. */
typedef struct TlsFile {
    const char *name, *path;
} TlsFile;
typedef struct TlsConfig {
    TlsFile cert, key, ca, crl, crl_directory, dh;
    const char *ciphers, *curve, *min_version, *max_version, *passphrase_command;
    bool server_prefers;       /* its order of ciphers, not the client's */
    bool passphrase_on_reload; /* may the command run again? */
    bool starting;             /* not a reload */
} TlsConfig;
typedef struct Scram Scram;

typedef enum ClientPhase {
    PHASE_STARTUP,
    PHASE_TLS_HANDSHAKE,
    PHASE_AUTHENTICATING,
    PHASE_READY,
    PHASE_CLOSING
} ClientPhase;

typedef enum BlockState {
    BLOCK_NONE,
    BLOCK_STATEMENT,
    BLOCK_IMPLICIT,
    BLOCK_IN,
    BLOCK_FAILED
} BlockState;

typedef struct Savepoint {
    const char *name;
    SavepointMark mark;
    size_t settings_mark;
    uint64_t portal_mark;       /* portals with a higher serial were opened after it */
    uint64_t large_object_mark; /* likewise descriptors */
    bool read_only;             /* the transaction was, when it was made */
} Savepoint;

/* What pg_stat_activity tells, written by the session's worker, read by any under the registry's
 * latch. */
typedef struct Activity {
    int64_t backend_start, xact_start, query_start, state_change; /* 0: none */
    char query[1024];
} Activity;

/* What AND CHAIN hands on. */
typedef struct TxnTraits {
    Isolation isolation;
    bool read_only, deferrable;
} TxnTraits;

struct ClientSession {
    Session exec; /* first: SessionOps hand it back */
    Server *server;
    Conn *conn;
    Tls *tls; /* NULL: plain */
    ClientPhase phase;
    uint32_t cancel_key;
    uint32_t registry_slot;
    int worker; /* whose it is */
    char *user_name, *database_name;
    Oid role, database; /* as logged in; by the registry's latch; 0: not yet */
    TlsInfo tls_info;   /* written once, before others may look at the session */

    /* input */
    char *in;
    size_t in_pos, in_len, in_capacity;
    uint32_t ahead_left; /* executions whose keys ahead_collect has handed on already */
    bool peer_gone;
    bool out_of_step; /* where the next message begins is not known any more */
    bool input_ended; /* the client sends no more, but may read: what it sent is still done */
    bool reading_paused;
    bool running;             /* a fibre works for the session */
    bool waiting_input;       /* and is parked for more bytes (COPY, authentication) */
    _Atomic bool terminating; /* asked to end: no further message is taken; from any thread */
    _Atomic bool fiber_live;  /* fiber may be interrupted; by the registry's latch */
    FiberRef fiber;
    ListNode warm; /* linked while the session is idle and has buffers */

    /* output */
    Arena out_arena;
    StrBuf out;

    int encoding; /* client_encoding, as encoding.h numbers them */

    /* transaction */
    BlockState block;
    VEC(Savepoint) savepoints; /* on txn_arena */
    Arena txn_arena;
    Isolation isolation_next; /* what the next transaction begins with, as set */
    bool read_only_next, deferrable_next;
    SyncCommit sync_commit;
    TxnTraits failed_traits; /* of the transaction that a failed block had */
    Lsn last_commit_lsn;

    /* statements and portals */
    Prepared *unnamed_statement;
    StrMap prepared;      /* name -> Prepared */
    Prepared *last_found; /* one of them; NULL: none */
    uint64_t prepared_serial;
    struct SimpleCache *simple_cache;       /* NULL until there is an entry */
    struct StatementCache *statement_cache; /* the same */
    uint64_t settings_generation; /* how often a setting changed that plans may depend on */
    uint64_t settings_hash;       /* of those settings, as of the generation hashed */
    uint64_t hashed_generation;
    Portal *unnamed_portal;
    Portal *spare_portal; /* an unnamed one that is done, kept for the next; NULL: none */
    StrMap portals;
    uint64_t portal_serial;
    uint32_t unnamed_cursors; /* how many got names of the server's making */
    bool skip_to_sync;        /* after an error in the extended protocol */

    /* the statement at work */
    const char *query_text; /* for error positions; NULL: none */
    size_t query_len;
    uint64_t statement_slice;      /* the fibre's, in which the statement's start was read */
    uint64_t statement_started_us; /* where statements are counted: statement_stats.h */
    Str statement_text;            /* one of several in query_text; data NULL: it is all of it */
    Arena message_arena;           /* reset for every message */
    bool completed;                /* a CommandComplete or its like was sent */

    Settings *settings;
    uint32_t report_dirty; /* bit i: the i-th REPORT setting changed */
    bool superuser_now;    /* is_superuser: of the role in effect */
    Scram *scram;
    LockOwner *lock_owner;
    struct Listening *listening;
    Timer statement_timer;
    Timer idle_timer;
    Timer login_timer;
    uint64_t lock_timeout_us, statement_timeout_us; /* as set; 0: none */
    uint64_t deadlock_timeout_us;                   /* 0: not known yet */
    uint64_t idle_limit_ms, idle_in_block_limit_ms; /* 0: none */
    bool terminate_after_error;                     /* FATAL */
    Activity *activity;
    uint64_t random_state[2];
    char application_name[64];
    struct DatabaseStats *database_stats; /* NULL before the session has a database */
    SessionLog log;
    const char *log_sqlstate; /* of the error that is being logged; NULL */
    uint16_t remote_port;
    char remote_address[CONN_ADDRESS_BYTES]; /* "": a Unix socket */
};

static inline ClientSession *client_of(Session *session) { return (ClientSession *)session; }

/* ---- database_stats.c: pg_stat_database ---- */
typedef enum DatabaseCounter {
    DATABASE_COMMITS,
    DATABASE_ROLLBACKS,
    DATABASE_SESSIONS
} DatabaseCounter;
/* The session belongs to a database from now on. */
void database_stats_join(ClientSession *client, Oid database);
void database_stats_count(ClientSession *client, DatabaseCounter counter);
/* Notes the time; counters: and sets transactions and sessions to 0. */
void database_stats_reset(Server *server, Oid database, bool counters);
void database_stats_register(void);

/* ---- wire.c: bytes in and out ---- */

/* The next complete message: its type, and its body with a NUL behind it, on message_arena. False:
 * not there yet. */
Status wire_next_message(ClientSession *client, char *type_out, Str *body_out, bool *found_out);
/* The same, parked until there is one. Errors: 08006 where the client is gone. */
Status wire_wait_message(ClientSession *client, char *type_out, Str *body_out);
/* The same, but only until the time (of clock_mono_us; DEADLINE_NONE): found_out false. */
Status wire_wait_message_until(ClientSession *client, uint64_t deadline_us, char *type_out,
                               Str *body_out, bool *found_out);
bool wire_has_message(const ClientSession *client);
/* Start a message in `out`; finish it with what message_begin returned. */
size_t message_begin(ClientSession *client, char type);
void message_end(ClientSession *client, size_t at);
/* Does text need conversion on its way? */
bool wire_recodes(const ClientSession *client);
/* A text of the client's into UTF-8, on message_arena, with a NUL behind. Errors: 22021, 22P05. */
Status wire_decode(ClientSession *client, Str text, Str *utf8_out);
/* What was appended to `out` since at is put into the client's encoding. */
Status wire_encode_from(ClientSession *client, size_t at);
/* A message without a body. */
void message_empty(ClientSession *client, char type);
/* Queues what was written. May park where the client reads slowly. */
Status wire_drain(ClientSession *client);
/* The same, and hands it to the kernel. */
Status wire_flush(ClientSession *client);
/* Hands over what there is without waiting; for the midst of a statement. */
void wire_send(ClientSession *client);
extern const ConnHandler client_handler;
ClientSession *client_make(Server *server, Conn *conn);
void client_destroy(ClientSession *client);
void client_terminate(ClientSession *client);

/* ---- tls_context.c ---- */
/* Without a file of authorities, clients' certificates are not asked for. Blocks while it reads files and, for
 * a passphrase, runs a command. Errors: FATAL, F0000 or what a file's absence says. */
Status tls_server_context(const TlsConfig *config, void **context_out);
void tls_context_ref(void *context);
void tls_context_unref(void *context); /* NULL: nothing */
/* What one of OpenSSL's error codes means. */
const char *tls_reason(unsigned long code);

/* ---- tls.c ---- */
/* Does it know who may sign clients' certificates? */
bool tls_checks_clients(const Tls *tls);
Status tls_make(void *context, MemAccount *account, Tls **tls_out);
void tls_free(Tls *tls);
/* Bytes from the peer; decrypted bytes are appended by `plain`. */
Status tls_receive(Tls *tls, const char *data, size_t len,
                   void (*plain)(void *arg, const char *data, size_t len), void *arg);
Status tls_send(Tls *tls, const void *data, size_t len);
/* Encrypted bytes to the peer. */
void tls_flush_to(Tls *tls, Conn *conn);
bool tls_established(const Tls *tls);
/* Texts about the peer are on arena. Error 08P01: a certificate whose names hide something behind a NUL. */
Status tls_describe(Tls *tls, Arena *arena, TlsInfo *info_out);
/* What tls-server-end-point binds to: a hash of the server's certificate (RFC 5929). False: it has none. */
#define TLS_HASH_BYTES_MAX 64u
bool tls_endpoint_hash(Tls *tls, uint8_t hash[TLS_HASH_BYTES_MAX], uint32_t *len_out);

/* ---- scram.c ---- */
/* The verifier that pg_authid.rolpassword holds (RFC 5803's form in PostgreSQL's spelling). */
Status scram_make_verifier(Arena *arena, const char *password, const char **verifier_out);
bool scram_is_verifier(const char *text);
bool scram_password_matches(const char *verifier, const char *password);
/* verifier NULL: a mock exchange that fails at the end like a wrong password. */
Scram *scram_begin(ClientSession *client, const char *verifier);
/* The client chose the mechanism with channel binding; without this the one without it. */
void scram_bind(Scram *scram);
bool scram_can_bind(const Scram *scram);
void scram_free(ClientSession *client, Scram *scram);
Status scram_client_first(Scram *scram, Arena *arena, Str message, const char **reply_out);
Status scram_client_final(Scram *scram, Arena *arena, Str message, const char **reply_out,
                          bool *accepted_out);

/* ---- password.c ---- */
bool password_is_md5(const char *verifier);
/* The answer to AuthenticationMD5Password. verifier NULL: never. */
bool password_md5_matches(const char *verifier, const uint8_t salt[4], const char *response);
/* A password in plain against a verifier of either kind. */
bool password_matches(const char *verifier, const char *role, const char *password);
/* SessionOps.password_verifier */
Status password_verifier_make(Session *session, Arena *arena, const char *role,
                              const char *password, const char **verifier_out);

/* ---- auth.c ---- */
/* Finds the rule of pg_hba.conf and does what it says. role NULL: there is none of that name. Parks.
 * Errors: 28000, 28P01, 08P01; all FATAL. */
Status auth_check(ClientSession *client, const RoleDesc *role, bool replication);
/* An Authentication message. */
void auth_send(ClientSession *client, uint32_t code, const void *data, size_t len);

/* ---- startup.c ---- */
/* Handles what the client sends before it is READY. On a fibre. */
Status startup_message(ClientSession *client);
bool startup_complete(const ClientSession *client); /* is a whole start-up packet there? */

/* ---- report.c: errors, notices, row descriptions ---- */
void report_error(ClientSession *client, Status status);
void report_notice(ClientSession *client, NoticeLevel level, Status notice);
/* What the parser had to say of the query text. */
void report_parse_notices(ClientSession *client, const ParseNotices *notices);
void report_parameter(ClientSession *client, const char *name, const char *value);
void report_ready(ClientSession *client);
void report_complete(ClientSession *client, const char *tag);
void report_row_description(ClientSession *client, const ResultColumn *columns, uint32_t count,
                            const int16_t *formats, uint32_t format_count);
/* The same of a prepared statement's columns, which remembers the bytes. */
void report_prepared_description(ClientSession *client, Prepared *prepared, const int16_t *formats,
                                 uint32_t format_count);

/* ---- rows.c ---- */
typedef struct WireSink {
    RowSink sink;
    ClientSession *client;
    uint32_t column_count;
    struct WireColumn *columns;
    const char
        *unsendable; /* the first column's type that has no binary form but is asked for in it */
    uint64_t row_count;
} WireSink;
Status wire_sink_init(WireSink *sink, ClientSession *client, Arena *arena,
                      const ResultColumn *columns, uint32_t count, const int16_t *formats,
                      uint32_t format_count);
/* One row that stands alone. */
Status wire_sink_row(WireSink *sink, const Datum *values, const bool *nulls);

/* ---- command.c: what surrounds every statement ---- */
/* A transaction where there is none, clocks, timeouts. */
Status command_begin(ClientSession *client);
/* Commits a transaction of its own. */
Status command_end(ClientSession *client);
/* After an error: rolls back as far as the state asks. */
void command_abort(ClientSession *client);
Status command_check_failed_block(ClientSession *client, const Ast *statement);
const char *command_tag(ClientSession *client, const PlannedStatement *plan, uint64_t processed,
                        Arena *arena);
Status client_commit(ClientSession *client);
Status client_rollback(ClientSession *client);
Status client_txn_start(ClientSession *client);
/* Of the transaction that is open. */
TxnTraits client_txn_traits(const ClientSession *client);
void client_set_activity(ClientSession *client, const char *query, size_t len);

/* ---- simple.c, extended.c, copy_stream.c ---- */
Status simple_query(ClientSession *client, Str body);
Status extended_message(ClientSession *client, char type, Str body);
Status copy_stream_run(ClientSession *client, Arena *arena, const AstRawStatement *raw,
                       const char *text, uint64_t *processed_out);
Status fastpath_call(ClientSession *client, Str body);

/* ---- simple_cache.c ---- */
/* Runs the text by a cached micro-program if there is one (*handled_out). *cacheable_out: it was not
 * run, and simple_cache_note may be told of it afterwards. */
Status simple_cache_run(ClientSession *client, const char *text, size_t len,
                        const ParseOptions *options, Fingerprint *print, bool *cacheable_out,
                        bool *handled_out);
void simple_cache_note(ClientSession *client, const char *text, size_t len,
                       const ParseOptions *options, const Fingerprint *print);
void simple_cache_free(ClientSession *client);

/* ---- prepared.c ---- */
/* A plan and the session's program for it; portals that run it keep it alive past a new one. */
typedef struct CachedPlan {
    uint32_t references;
    SharedPlan *shared; /* a reference */
    const PlannedStatement *plan;
    Arena arena;         /* of micro */
    MicroProgram *micro; /* NULL: none */
} CachedPlan;
/* Takes over the caller's reference to shared, which is planned. In a transaction. */
Status cached_plan_make(ClientSession *client, SharedPlan *shared, CachedPlan **cached_out);
void cached_plan_unref(ClientSession *client, CachedPlan *cached);
/* Were the catalogs and the search path what they are now when it was planned? In a transaction. */
Status shared_plan_is_fresh(ClientSession *client, const SharedPlan *shared, bool *fresh_out);
/* The key of a text for the plan cache, on message_arena: what parsing, analysis and planning look at
 * besides the catalogs. Empty where the session has objects or changes of its own that others do not
 * see. kind: one letter for each way to make plans from text. In a transaction. */
Status plan_key(ClientSession *client, char kind, Str text, const Oid *types, uint32_t type_count,
                Str *key_out);

struct Prepared {
    uint32_t references;
    bool from_sql; /* PREPARE: text is the whole command, raw the query in it */
    char *name;    /* "" for the unnamed one */
    int64_t prepared_micros;
    uint64_t serial; /* among the session's named ones, in the order they were prepared */
    Arena arena;     /* text, tree, types */
    const char *text;
    size_t text_len;
    SharedPlan *origin;         /* a reference; raw is its */
    const AstRawStatement *raw; /* NULL: an empty query */
    const Oid *param_types;
    uint32_t param_count;
    const Oid *given_types; /* as the client gave them; param_types are resolved */
    uint32_t given_count;
    CachedPlan *cached;          /* NULL: to be made */
    const ResultColumn *columns; /* on arena; what Describe told */
    uint32_t column_count;
    bool described;
    Str row_description[2]; /* on arena: what report.c sent, all columns text [0] or binary [1] */
    uint64_t generic_runs, custom_runs;
    Str cache_key; /* on arena, while the statement cache has it */
};
Status prepared_make(ClientSession *client, const char *name, const char *text, size_t len,
                     const Oid *types, uint32_t type_count, bool from_sql, Prepared **prepared_out);
void prepared_unref(ClientSession *client, Prepared *prepared);
/* Makes the plan where there is none or it is out of date. Errors: 0A000 cached plan must not change
 * result type. */
Status prepared_plan(ClientSession *client, Prepared *prepared);
/* Is its plan what would be made now? In a transaction. */
Status prepared_is_fresh(ClientSession *client, const Prepared *prepared, bool *fresh_out);
/* Makes the plan ready to run: its relations locked, and what it takes them for. Parks. */
Status prepared_admit(ClientSession *client, Prepared *prepared);
Prepared *prepared_find(ClientSession *client, const char *name);
Status prepared_require(ClientSession *client, const char *name, Prepared **prepared_out);
Status prepared_store(ClientSession *client, Prepared *prepared);
void prepared_drop(ClientSession *client, const char *name);
void prepared_drop_all(ClientSession *client);

/* ---- statement_cache.c ---- */
/* An unnamed statement: one kept from earlier where nothing has changed since, else a new one. The
 * reference is the caller's. */
Status statement_cache_parse(ClientSession *client, const char *text, size_t len, const Oid *types,
                             uint32_t type_count, Prepared **prepared_out);
void statement_cache_free(ClientSession *client);

/* ---- portal.c ---- */
struct Portal {
    char *name;
    uint64_t serial;
    Prepared *prepared; /* NULL: a cursor that DECLARE made */
    MemAccount account;
    Arena arena;
    const char *text;
    size_t text_len;
    const AstRawStatement *raw;
    CachedPlan *cached; /* a reference; NULL: plan is on arena */
    const PlannedStatement *plan;
    Datum *params;
    bool *param_nulls;
    const Oid *param_types;
    uint32_t param_count;
    const char *params_shown; /* for the context of errors; NULL: not wanted */
    int16_t *formats;
    uint32_t format_count;
    ExecCursor *cursor; /* where rows are fetched in parts */
    bool started, done;
    bool sql_cursor, hold, scroll, binary;
    bool held;   /* survived its transaction */
    bool failed; /* a fetch ended in an error */
    int64_t created_micros;
};
Status portal_make(ClientSession *client, const char *name, Portal **portal_out);
Portal *portal_find(ClientSession *client, const char *name);
Status portal_require(ClientSession *client, const char *name, Portal **portal_out);
void portal_drop(ClientSession *client, Portal *portal);
void portal_free_spare(ClientSession *client);
/* At the end of a transaction: all but held ones; with hold: WITH HOLD cursors are kept first. */
Status portals_hold(ClientSession *client);
/* Did this transaction declare one WITH HOLD? */
bool portals_will_hold(ClientSession *client);
void portals_drop_transaction(ClientSession *client);
void portals_drop_since(ClientSession *client, uint64_t serial_mark);
void portals_drop_all(ClientSession *client);
Status portal_open_cursor(ClientSession *client, Portal *portal, bool scroll);
/* Runs up to limit rows (0: all) to the client, then CommandComplete or PortalSuspended. */
Status portal_execute(ClientSession *client, Portal *portal, uint32_t limit);

/* extended.c. A parameter as Bind sends it, number counted from 1; a copy of its bytes on io's arena. */
Status parameter_value(TypeIo *io, bool binary, const char *data, uint32_t len, uint32_t number,
                       Datum *value_out);

/* ahead.c. What is known of the keys that the portal's program is about to be run with, its own first;
 * NULL: nothing, or they were handed on before. On the message's arena. */
const MicroAhead *ahead_collect(ClientSession *client, const Portal *portal);

/* ---- block.c, cursor.c, variables.c, listen.c: utility commands ---- */
void block_register(void);
void cursor_register(void);
void variables_register(void);
void listen_register(void);
void alter_system_register(void);
Settings *variables_make(ClientSession *client);
/* After a reload of the configuration: what the server's settings have become. */
void variables_refresh(ClientSession *client);
/* The arguments of SET as one text. */
/* Superusers may set what others may only where they were granted it. */
Status variables_may_set(CatalogSession *catalog, Oid role, const char *name, bool *yes_out);
Status variables_argument_text(ClientSession *client, const AstVariableSet *set, Arena *arena,
                               const char **text_out);
void variables_report_changes(ClientSession *client);
void variables_report_all(ClientSession *client);
/* Of the settings that plans may depend on. */
uint64_t variables_hash(ClientSession *client);
/* After the role or database is known: ALTER ROLE/DATABASE SET. */
Status variables_apply_defaults(ClientSession *client);
/* Notifications that arrived meanwhile; outside transaction blocks only. */
void listen_write_incoming(ClientSession *client);
/* Did the transaction LISTEN, UNLISTEN or NOTIFY? */
bool listen_pending(const ClientSession *client);
Status listen_notify(Session *session, const char *channel, const char *payload);
void listen_end(ClientSession *client);
/* The index-th channel that the session listens on; NULL: there are fewer. */
const char *listen_channel(const ClientSession *client, uint32_t index);
Status discard_all(ClientSession *client);

/* SessionOps.prepared_run */
Status prepared_run(Session *session, UtilityCall *call, const AstExecute *statement,
                    PreparedRun run, void *arg);

/* ---- ops.c ---- */
extern const SessionOps client_ops;

/* ---- internal.c ---- */
/* Runs initialisation scripts in template1. On a fibre. */
Status internal_run_scripts(Server *server, const CatalogScript *scripts, size_t count);
/* Looks at every table and index of all databases, prints what is wrong. Nobody else is there. */
Status internal_check(Server *server, uint64_t *problems_out);

#endif
