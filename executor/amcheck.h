/* amcheck.h: is everything in a database sound? Layer: executor. */
#ifndef EXECUTOR_AMCHECK_H
#define EXECUTOR_AMCHECK_H

#include "executor/session.h"

typedef struct DatabaseReport DatabaseReport;
struct DatabaseReport {
    /* A problem: of which table or index, and what; the text is good until it returns. */
    void (*line)(DatabaseReport *report, const char *text);
    uint64_t tables, indexes, problems; /* counted on */
};

/*
 * Walks every table and index of the session's database, takes every row apart, and looks every row up in each of
 * its table's B-tree indexes. In a transaction, with nobody else there. Errors: those of the catalogs; damage in
 * what it looks at is reported. O(rows).
 */
Status amcheck_database(Session *session, DatabaseReport *report);

#endif
