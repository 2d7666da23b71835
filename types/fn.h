/*
 * fn.h: what an SQL function's code looks like. Layer: types.
 *
 * Every function that SQL can call has a row in types/def/ that names its C code. The catalogs
 * (pg_proc, pg_operator, pg_cast, pg_aggregate) and the dispatch table are both made from these
 * rows. Code is found by pg_proc OID (built-in functions) or by prosrc.
 */
#ifndef TYPES_FN_H
#define TYPES_FN_H

#include "base/arena.h"
#include "base/datum.h"
#include "base/strbuf.h"

/*
 * Everything outside its arguments that a function may depend on. One a statement, owned by the
 * session, read-only to functions but for `arena`-typed helpers. Settings that functions obey are
 * here in parsed form, so no function looks up a setting by name.
 */
typedef struct EvalEnv {
    const struct TimeZone *time_zone; /* setting TimeZone */
    int date_style;                   /* DateStyle: enum in types/datetime.h */
    int date_order;                   /* ymd, dmy, mdy */
    int interval_style;
    int extra_float_digits;
    int bytea_output; /* 0 hex, 1 escape */
    bool standard_conforming_strings;
    bool escape_string_warning;
    int xml_option, xml_binary;
    bool array_nulls;
    bool quote_all_identifiers;
    const char *text_search_config; /* default_text_search_config; NULL: not set */
    const char *data_directory;
    int64_t transaction_start_micros; /* since 2000-01-01 UTC: now() */
    int64_t statement_start_micros;
    struct CatalogSession *catalog; /* name lookups for reg* types, enums, records */
    struct Session *session;        /* for system functions above types/; NULL in unit tests */
    struct Txn *txn;
    const struct Snapshot *snapshot;           /* of the query that calls; NULL: none */
    uint64_t *random_state;                    /* random(), setseed(): two words, the session's */
    Arena *statement_arena;                    /* lives as long as the statement */
    const struct TransitionTable *transitions; /* of the trigger that runs: planner.h; NULL: none */
} EvalEnv;

/* The columns that a function in FROM is to give: its column definition list. */
typedef struct FnRow {
    uint32_t column_count;
    const char *const *names;
    const Oid *types;
    const int32_t *typmods;
} FnRow;

/*
 * A call site: made once when an expression is compiled, passed to each call. state is the
 * function's own (compiled regex, parsed format, catalog look-up), allocated on site->arena, NULL
 * at first.
 */
typedef struct FnSite {
    Oid function;
    int arg_count;
    const Oid *arg_types; /* actual types, polymorphic ones resolved */
    Oid result_type;      /* likewise */
    int32_t result_typmod;
    Oid collation;
    bool variadic; /* called with VARIADIC array */
    EvalEnv *env;
    Arena *arena; /* lives as long as the site */
    void *state;
    const Oid *row_types;       /* columns the call is to give, of a function in FROM; or NULL */
    const int32_t *row_typmods; /* NULL: none */
    uint32_t row_count;
    const void *expr; /* the planner's call node, for what only it knows; may be NULL */
    const FnRow *row; /* NULL: none was given */
} FnSite;

/*
 * One call, one row. args[i] is undefined where nulls[i]. A strict function is never called with a
 * NULL argument. The result's bytes live on `arena` (reset per batch) or in an argument. result_null
 * is false on entry.
 */
typedef struct FnCall {
    FnSite *site;
    const Datum *args;
    const bool *nulls;
    Arena *arena;
    Datum result;
    bool result_null;
} FnCall;

typedef Status (*FnImpl)(FnCall *call);

/*
 * Set-returning functions: pulled a row at a time. start allocates *state_out on `arena` (which lives
 * until the scan ends); next fills the result columns (composite results: one value per column;
 * scalar: column 0) and says whether there was a row. next may use call->arena for the row's bytes.
 */
typedef struct SetCall {
    FnCall call;
    Arena *scan_arena;
    void *state;
    int column_count;
    bool whole;     /* a composite result goes into column 0 as one value */
    Datum *columns; /* out */
    bool *column_nulls;
} SetCall;
typedef Status (*SetStart)(SetCall *set);
typedef Status (*SetNext)(SetCall *set, bool *row_out);

/*
 * Aggregates. state_bytes of zeroed, 16-byte aligned memory per group; whatever grows lives on
 * `arena` (the aggregation's). step gets one row's arguments (strict ones never see NULL in args);
 * combine merges another state of the same aggregate (parallel and spilled groups); final is called
 * once per group. inverse (optional) takes a row out again for moving window frames.
 *
 * Ordered-set aggregates (percentile_cont, mode ...): step gets the WITHIN GROUP arguments, rows in the
 * order asked for; final finds the direct arguments in args and nulls.
 */
typedef struct AggCall {
    FnSite *site;
    Arena *arena;
    const Datum *args;
    const bool *nulls;
    Arena *result_arena;
    Datum result;
    bool result_null;
} AggCall;

typedef struct AggImpl {
    uint32_t state_bytes;
    bool strict; /* rows with a NULL argument are skipped */
    Status (*step)(AggCall *call, void *state);
    Status (*combine)(AggCall *call, void *state, const void *other);
    Status (*inverse)(AggCall *call, void *state);
    Status (*final)(AggCall *call, void *state);
} AggImpl;

typedef enum FnKind { FN_SCALAR, FN_SET, FN_AGGREGATE, FN_WINDOW } FnKind;

/* The code behind one pg_proc row. */
typedef struct FnEntry {
    Oid oid;
    const char *prosrc;
    FnKind kind;
    bool strict;
    FnImpl scalar;
    SetStart set_start;
    SetNext set_next;
    const AggImpl *aggregate;
} FnEntry;

/* NULL where the function has no code of its own (SQL-language and user-defined functions). */
const FnEntry *fn_by_oid(Oid function);
const FnEntry *fn_by_prosrc(const char *prosrc);

/* Functions that need a session (executor, pgwire) are registered by those layers at start-up,
 * before the first worker runs. entries must live for ever. */
void fn_register(const FnEntry *entries, size_t count);
/* Was it added so? It may then need the whole session (EvalEnv.session). */
bool fn_is_registered(Oid function);

#endif
