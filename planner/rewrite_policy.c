/*
 * rewrite_policy.c: row security (manual: Row Security Policies, CREATE POLICY).
 *
 * Policies that decide which rows are seen become security quals of the range entry; those that decide
 * what may be stored become checks, which fail loudly. What a statement also needs to read (rights on
 * SELECT) is subject to the SELECT policies too.
 */
#include "planner/rewrite_int.h"

/* The policies of one command that apply to a role. */
typedef struct Policies {
    const PolicyDesc *permissive[64];
    const PolicyDesc *restrictive[64];
    uint32_t permissive_count, restrictive_count;
} Policies;

typedef struct Securing {
    Rewriter *rw;
    Query *query;
    const RelationDesc *relation;
    uint32_t rt_index;
    Oid role;
    RangeEntry *entry;
    WithCheck *checks;
    uint32_t check_count;
} Securing;

static Status policy_applies(const Securing *s, const PolicyDesc *policy, char command,
                             bool *applies_out) {
    *applies_out = false;
    if (policy->command != '*' && policy->command != command)
        return STATUS_OK;
    for (uint32_t i = 0; i < policy->role_count && !*applies_out; i++) {
        if (policy->roles[i] == 0)
            *applies_out = true;
        else
            TRY(role_has_privileges_of(s->rw->an.catalog, s->role, policy->roles[i], applies_out));
    }
    return STATUS_OK;
}

/* command: r, a, w, d; 'm': those of every command alone. */
static Status find_policies(const Securing *s, char command, Policies **out) {
    Policies *found = arena_new(s->rw->an.arena, Policies);
    *out = found;
    for (uint16_t i = 0; i < s->relation->policy_count; i++) {
        const PolicyDesc *policy = &s->relation->policies[i];
        bool applies;
        TRY(policy_applies(s, policy, command, &applies));
        if (!applies)
            continue;
        uint32_t *count = policy->permissive ? &found->permissive_count : &found->restrictive_count;
        if (*count == ARRAY_LEN(found->permissive))
            return error(ERR_PROGRAM_LIMIT_EXCEEDED, "too many policies for table \"%s\"",
                         s->relation->name);
        if (policy->permissive)
            found->permissive[(*count)++] = policy;
        else
            found->restrictive[(*count)++] = policy;
    }
    return STATUS_OK;
}

/* NULL where the policy says nothing. using_only: USING, even if there is a WITH CHECK. */
static Status read_condition(Securing *s, const PolicyDesc *policy, bool check, Expr **out) {
    const char *text =
        check && policy->check_expr != NULL ? policy->check_expr : policy->using_expr;
    Arena *arena = s->rw->an.arena;
    *out = NULL;
    if (text == NULL)
        return STATUS_OK;
    TRY(expr_from_string(arena, text, strlen(text), out));
    *out = tree_change_index(arena, *out, 1, s->rt_index, 0);
    return rewrite_policy_sub_links(s->rw, s->query, *out, s->entry->check_as_user);
}

/* Any of the permissive ones will do; without one, nothing. */
static Status any_permissive(Securing *s, const Policies *policies, bool check, Expr **out) {
    Arena *arena = s->rw->an.arena;
    ExprList any = {0};
    for (uint32_t i = 0; i < policies->permissive_count; i++) {
        Expr *condition;
        TRY(read_condition(s, policies->permissive[i], check, &condition));
        if (condition != NULL)
            expr_list_add(arena, &any, condition);
    }
    *out = any.count == 0 ? (Expr *)expr_bool_const(arena, false, false) : any.items[0];
    if (any.count > 1) {
        ExprBool *node = EXPR_NEW(arena, ExprBool, EXPR_BOOL);
        node->type = OID_BOOL;
        node->op = BOOL_OR;
        node->args = any;
        *out = (Expr *)node;
    }
    return STATUS_OK;
}

/* The rows that the policies show: restrictive ones first, each for itself. */
static Status add_quals(Securing *s, char command) {
    Policies *policies;
    Expr *condition;
    ExprList *quals = &s->entry->security_quals;
    Arena *arena = s->rw->an.arena;
    TRY(find_policies(s, command, &policies));
    for (uint32_t i = 0; policies->permissive_count > 0 && i < policies->restrictive_count; i++) {
        TRY(read_condition(s, policies->restrictive[i], false, &condition));
        if (condition != NULL)
            expr_list_add(arena, quals, condition);
    }
    TRY(any_permissive(s, policies, false, &condition));
    expr_list_add(arena, quals, condition);
    return STATUS_OK;
}

static void add_check(Securing *s, WithCheckKind kind, const char *policy, Expr *condition) {
    Arena *arena = s->rw->an.arena;
    s->checks[s->check_count++] =
        (WithCheck){.kind = kind,
                    .relation_name = arena_strdup(arena, s->relation->name),
                    .policy_name = policy == NULL ? NULL : arena_strdup(arena, policy),
                    .condition = condition};
}

static Status add_checks(Securing *s, WithCheckKind kind, char command, bool using_only) {
    Policies *policies;
    Expr *condition;
    TRY(find_policies(s, command, &policies));
    TRY(any_permissive(s, policies, !using_only, &condition));
    add_check(s, kind, NULL, condition);
    for (uint32_t i = 0; policies->permissive_count > 0 && i < policies->restrictive_count; i++) {
        TRY(read_condition(s, policies->restrictive[i], !using_only, &condition));
        if (condition != NULL)
            add_check(s, kind, policies->restrictive[i]->name, condition);
    }
    return STATUS_OK;
}

static Status secure_insert(Securing *s, bool reads) {
    const OnConflict *conflict = s->query->on_conflict;
    TRY(add_checks(s, CHECK_RLS_INSERT, 'a', false));
    if (reads)
        TRY(add_checks(s, CHECK_RLS_INSERT, 'r', true));
    if (conflict == NULL || !conflict->update)
        return STATUS_OK;
    TRY(add_checks(s, CHECK_RLS_CONFLICT_UPDATE, 'w', true));
    if (reads)
        TRY(add_checks(s, CHECK_RLS_CONFLICT_UPDATE, 'r', true));
    TRY(add_checks(s, CHECK_RLS_UPDATE, 'w', false));
    return reads ? add_checks(s, CHECK_RLS_UPDATE, 'r', true) : STATUS_OK;
}

static Status secure_merge(Securing *s, bool reads) {
    TRY(add_checks(s, CHECK_RLS_MERGE_UPDATE, 'w', true));
    TRY(add_checks(s, CHECK_RLS_UPDATE, 'w', false));
    if (reads)
        TRY(add_checks(s, CHECK_RLS_UPDATE, 'r', true));
    TRY(add_checks(s, CHECK_RLS_MERGE_DELETE, 'd', true));
    return add_checks(s, CHECK_RLS_INSERT, 'a', false);
}

static Status secure_target(Securing *s) {
    bool reads = (s->entry->required_rights & ACL_SELECT) != 0;
    switch (s->query->command) {
    case COMMAND_INSERT:
        return secure_insert(s, reads);
    case COMMAND_UPDATE:
        if (reads)
            TRY(add_quals(s, 'r'));
        TRY(add_quals(s, 'w'));
        TRY(add_checks(s, CHECK_RLS_UPDATE, 'w', false));
        return reads ? add_checks(s, CHECK_RLS_UPDATE, 'r', true) : STATUS_OK;
    case COMMAND_DELETE:
        if (reads)
            TRY(add_quals(s, 'r'));
        return add_quals(s, 'd');
    case COMMAND_MERGE:
        if (reads)
            TRY(add_quals(s, 'r'));
        return secure_merge(s, reads);
    default:
        return STATUS_OK;
    }
}

static Status secure(Securing *s) {
    Query *query = s->query;
    uint32_t most = 8 * (s->relation->policy_count + 1u);
    s->checks = arena_array(s->rw->an.arena, WithCheck, most + query->with_check_count);
    if (s->rt_index == query->result_rt_index) {
        TRY(secure_target(s));
    } else {
        if (s->entry->required_rights & ACL_UPDATE) /* FOR UPDATE and its kin */
            TRY(add_quals(s, 'w'));
        TRY(add_quals(s, 'r'));
    }
    check(s->check_count <= most);
    if (s->check_count == 0)
        return STATUS_OK;
    if (query->with_check_count > 0) /* a view's come last */
        memcpy(s->checks + s->check_count, query->with_checks,
               query->with_check_count * sizeof(WithCheck));
    query->with_checks = s->checks;
    query->with_check_count += s->check_count;
    return STATUS_OK;
}

static Status security_enabled(Rewriter *rw, const RelationDesc *relation, Oid role,
                               bool *enabled_out) {
    const RoleDesc *desc;
    bool owner;
    *enabled_out = false;
    if (!relation->row_security)
        return STATUS_OK;
    TRY(catalog_role(rw->an.catalog, role, &desc));
    if (desc != NULL && (desc->superuser || desc->bypass_rls))
        return STATUS_OK;
    TRY(role_has_privileges_of(rw->an.catalog, role, relation->owner, &owner));
    *enabled_out = !owner || relation->force_row_security;
    if (*enabled_out && rw->an.settings != NULL && !rw->an.settings->row_security)
        return error(ERR_INSUFFICIENT_PRIVILEGE,
                     "query would be affected by row-level security policy for table \"%s\"",
                     relation->name);
    return STATUS_OK;
}

/* A policy that asks its own table, perhaps through others, never ends. */
static Status enter(Rewriter *rw, const RelationDesc *relation) {
    for (uint32_t i = 0; i < rw->policy_count; i++)
        if (rw->policies[i] == relation->oid)
            return error(ERR_INVALID_OBJECT_DEFINITION,
                         "infinite recursion detected in policy for relation \"%s\"",
                         relation->name);
    if (rw->policy_count == ARRAY_LEN(rw->policies))
        return error(ERR_STATEMENT_TOO_COMPLEX, "row security policies are nested too deeply");
    rw->policies[rw->policy_count++] = relation->oid;
    return STATUS_OK;
}

Status rewrite_row_security(Rewriter *rw, Query *query) {
    for (uint32_t i = 1; i <= query->range_count; i++) {
        RangeEntry *entry = query_rte(query, i);
        const RelationDesc *relation;
        bool enabled;
        if (entry->kind != RTE_RELATION || (entry->relkind != 'r' && entry->relkind != 'p') ||
            entry->no_row_security)
            continue;
        TRY(catalog_relation_require(rw->an.catalog, entry->relation, &relation));
        Oid role = entry->check_as_user != 0 ? entry->check_as_user : session_role(rw->an.catalog);
        TRY(security_enabled(rw, relation, role, &enabled));
        if (!enabled)
            continue;
        entry->no_row_security = true; /* done */
        query->has_row_security = true;
        Securing s = {.rw = rw,
                      .query = query,
                      .relation = relation,
                      .rt_index = i,
                      .role = role,
                      .entry = entry};
        ExprList of_views = entry->security_quals; /* they come behind */
        entry->security_quals = (ExprList){0};
        TRY(enter(rw, relation));
        TRY(secure(&s));
        for (uint32_t k = 0; k < of_views.count; k++)
            expr_list_add(rw->an.arena, &entry->security_quals, of_views.items[k]);
        rw->policy_count--;
    }
    return STATUS_OK;
}
