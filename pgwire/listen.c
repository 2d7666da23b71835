/*
 * listen.c: LISTEN, NOTIFY, UNLISTEN.
 *
 * A notification is sent when its transaction commits, to every session of the same database that
 * listens then. The hub knows who listens where; delivery is a message to the listener's worker, which
 * writes it at once where the session is idle, else before the next ReadyForQuery.
 */
#include "pgwire/client_int.h"

#include <stdio.h>

typedef struct Channel {
    ListNode node;
    char name[NAME_BYTES];
} Channel;

/* A notification on its way. */
typedef struct Pending {
    ListNode node;
    int32_t process_id;
    char channel[NAME_BYTES];
    size_t payload_len;
    char payload[]; /* NUL-terminated */
} Pending;

typedef enum RequestKind { REQUEST_LISTEN, REQUEST_UNLISTEN, REQUEST_NOTIFY } RequestKind;

/* What a transaction asked for: done when it commits, unless that part was rolled back. */
typedef struct Request {
    ListNode node;
    ClientSession *client;
    RequestKind kind;
    size_t name_len, payload_len;
    char text[]; /* channel and payload, each NUL-terminated; UNLISTEN *: an empty channel */
} Request;

/* A session's share; made at its first LISTEN or NOTIFY. */
typedef struct Listening {
    ListNode channels; /* Channel */
    ListNode requests; /* Request of this transaction */
    StrMap notified;   /* the NOTIFYs among them, by text */
    ListNode incoming; /* Pending that arrived while a statement ran */
    uint32_t channel_count;
    int worker;
} Listening;

#define PAYLOAD_BYTES_MAX 7999u

static Listening *listening_of(ClientSession *client) {
    if (client->listening == NULL) {
        Listening *listening = mem_alloc(&client->exec.account, sizeof(*listening));
        *listening = (Listening){.worker = worker_id()};
        list_init(&listening->channels);
        list_init(&listening->requests);
        strmap_init(&listening->notified, &client->exec.account);
        list_init(&listening->incoming);
        client->listening = listening;
    }
    return client->listening;
}

static Channel *channel_find(Listening *listening, const char *name) {
    LIST_FOREACH(node, &listening->channels) {
        Channel *channel = LIST_ENTRY(node, Channel, node);
        if (strcmp(channel->name, name) == 0)
            return channel;
    }
    return NULL;
}

const char *listen_channel(const ClientSession *client, uint32_t index) {
    if (client->listening == NULL)
        return NULL;
    LIST_FOREACH(node, &client->listening->channels) {
        if (index-- == 0)
            return LIST_ENTRY(node, Channel, node)->name;
    }
    return NULL;
}

static void pending_free(ClientSession *client, Pending *pending) {
    list_remove(&pending->node);
    mem_free(&client->server->sessions_account, pending,
             sizeof(*pending) + pending->payload_len + 1);
}

static void drop_pending(ClientSession *client, ListNode *head) {
    while (!list_empty(head))
        pending_free(client, LIST_ENTRY(head->next, Pending, node));
}

/* Under the registry's latch: `listening->channels` of any session is read by other workers. */
static void channel_remove(ClientSession *client, Channel *channel) {
    latch_lock(&client->server->registry_latch);
    list_remove(&channel->node);
    client->listening->channel_count--;
    latch_unlock(&client->server->registry_latch);
    mem_free(&client->exec.account, channel, sizeof(*channel));
}

static void channel_add(ClientSession *client, const char *name) {
    Listening *listening = client->listening;
    if (channel_find(listening, name) != NULL)
        return;
    Channel *channel = mem_alloc(&client->exec.account, sizeof(*channel));
    *channel = (Channel){0};
    snprintf(channel->name, sizeof(channel->name), "%s", name);
    latch_lock(&client->server->registry_latch);
    list_push_back(&listening->channels, &channel->node);
    listening->channel_count++;
    latch_unlock(&client->server->registry_latch);
}

/* name empty: every one. */
static void channels_remove(ClientSession *client, const char *name) {
    LIST_FOREACH_SAFE(node, next, &client->listening->channels) {
        Channel *channel = LIST_ENTRY(node, Channel, node);
        if (name[0] == '\0' || strcmp(channel->name, name) == 0)
            channel_remove(client, channel);
    }
}

static void write_notification(ClientSession *client, const Pending *pending) {
    size_t at = message_begin(client, 'A');
    strbuf_put_be32(&client->out, (uint32_t)pending->process_id);
    strbuf_append(&client->out, pending->channel, strlen(pending->channel) + 1);
    strbuf_append(&client->out, pending->payload, pending->payload_len + 1);
    message_end(client, at);
}

void listen_write_incoming(ClientSession *client) {
    if (LIKELY(client->listening == NULL) || client->block != BLOCK_NONE)
        return;
    while (!list_empty(&client->listening->incoming)) {
        Pending *pending = LIST_ENTRY(client->listening->incoming.next, Pending, node);
        write_notification(client, pending);
        pending_free(client, pending);
    }
}

typedef struct Delivery {
    Server *server;
    uint32_t slot;
    int32_t listener_pid;
    Pending *pending;
} Delivery;

/* On the listener's worker. */
static void deliver(void *arg) {
    Delivery *delivery = arg;
    Server *server = delivery->server;
    latch_lock(&server->registry_latch);
    ClientSession *client = server->slots[delivery->slot];
    bool alive = client != NULL && client->exec.process_id == delivery->listener_pid &&
                 client->phase == PHASE_READY && client->listening != NULL;
    latch_unlock(&server->registry_latch);
    Pending *pending = delivery->pending;
    if (alive) { /* it stays: only this worker ends it */
        list_push_back(&client->listening->incoming, &pending->node);
        if (!client->running && client->block == BLOCK_NONE) {
            listen_write_incoming(client);
            status_free(wire_flush(client));
        }
    } else {
        mem_free(&server->sessions_account, pending, sizeof(*pending) + pending->payload_len + 1);
    }
    mem_free(&server->sessions_account, delivery, sizeof(*delivery));
}

static Pending *pending_make(Server *server, int32_t process_id, const char *channel,
                             const char *payload) {
    size_t len = strlen(payload);
    Pending *pending = mem_alloc(&server->sessions_account, sizeof(*pending) + len + 1);
    *pending = (Pending){.process_id = process_id, .payload_len = len};
    snprintf(pending->channel, sizeof(pending->channel), "%s", channel);
    memcpy(pending->payload, payload, len + 1);
    list_init(&pending->node);
    return pending;
}

static void send_to_listeners(ClientSession *client, const Pending *pending) {
    Server *server = client->server;
    Oid database = session_database(client->exec.catalog);
    latch_lock(&server->registry_latch);
    for (uint32_t slot = 0; slot < server->slot_count; slot++) {
        ClientSession *listener = server->slots[slot];
        if (listener == NULL || listener->listening == NULL ||
            listener->listening->channel_count == 0 || listener->exec.catalog == NULL ||
            session_database(listener->exec.catalog) != database ||
            channel_find(listener->listening, pending->channel) == NULL)
            continue;
        Pending *copy =
            pending_make(server, pending->process_id, pending->channel, pending->payload);
        if (listener == client) { /* before its own ReadyForQuery */
            list_push_back(&client->listening->incoming, &copy->node);
            continue;
        }
        Delivery *delivery = mem_alloc(&server->sessions_account, sizeof(*delivery));
        *delivery = (Delivery){.server = server,
                               .slot = slot,
                               .listener_pid = listener->exec.process_id,
                               .pending = copy};
        worker_post(listener->listening->worker, deliver, delivery);
    }
    latch_unlock(&server->registry_latch);
}

static size_t request_bytes(const Request *request) {
    return sizeof(Request) + request->name_len + request->payload_len + 2;
}

static const char *request_payload(const Request *request) {
    return request->text + request->name_len + 1;
}

static void request_free(Request *request) {
    ClientSession *client = request->client;
    list_remove(&request->node);
    if (request->kind == REQUEST_NOTIFY)
        strmap_remove(&client->listening->notified, request->text,
                      request->name_len + request->payload_len + 2);
    mem_free(&client->exec.account, request, request_bytes(request));
}

static void notify_listeners(const Request *request) {
    ClientSession *client = request->client;
    Pending *pending = pending_make(client->server, client->exec.process_id, request->text,
                                    request_payload(request));
    send_to_listeners(client, pending);
    pending_free(client, pending);
}

static void at_end(void *arg, bool committed, Lsn commit_lsn) {
    Request *request = arg;
    if (committed && request->kind == REQUEST_LISTEN)
        channel_add(request->client, request->text);
    else if (committed && request->kind == REQUEST_UNLISTEN)
        channels_remove(request->client, request->text);
    else if (committed)
        notify_listeners(request);
    request_free(request);
}

bool listen_pending(const ClientSession *client) {
    return client->listening != NULL && !list_empty(&client->listening->requests);
}

static void request_add(Session *session, RequestKind kind, const char *name, const char *payload) {
    ClientSession *client = client_of(session);
    Listening *listening = listening_of(client);
    size_t name_len = strlen(name), payload_len = strlen(payload);
    Request *request =
        mem_alloc(&client->exec.account, sizeof(Request) + name_len + payload_len + 2);
    *request =
        (Request){.client = client, .kind = kind, .name_len = name_len, .payload_len = payload_len};
    memcpy(request->text, name, name_len + 1);
    memcpy(request->text + name_len + 1, payload, payload_len + 1);
    size_t len = name_len + payload_len + 2;
    if (kind == REQUEST_NOTIFY && strmap_get(&listening->notified, request->text, len) != NULL) {
        /* Duplicates within a transaction are sent once. */
        mem_free(&client->exec.account, request, request_bytes(request));
        return;
    }
    if (kind == REQUEST_NOTIFY)
        strmap_put(&listening->notified, request->text, len, request);
    list_push_back(&listening->requests, &request->node);
    TxnAction action = {.after = at_end, .arg = request};
    txn_add_action(session->txn, &action);
}

static Status execute_listen(UtilityCall *call) {
    request_add(call->session, REQUEST_LISTEN, ((const AstListen *)call->raw->statement)->channel,
                "");
    return STATUS_OK;
}

static Status execute_unlisten(UtilityCall *call) {
    const char *name = ((const AstUnlisten *)call->raw->statement)->channel;
    if (client_of(call->session)->listening != NULL)
        request_add(call->session, REQUEST_UNLISTEN, name == NULL ? "" : name, "");
    return STATUS_OK;
}

Status listen_notify(Session *session, const char *channel, const char *payload) {
    if (channel[0] == '\0')
        return error(ERR_INVALID_PARAMETER_VALUE, "channel name cannot be empty");
    if (strlen(channel) >= NAME_BYTES)
        return error(ERR_INVALID_PARAMETER_VALUE, "channel name too long");
    if (strlen(payload) > PAYLOAD_BYTES_MAX)
        return error(ERR_INVALID_PARAMETER_VALUE, "payload string too long");
    request_add(session, REQUEST_NOTIFY, channel, payload);
    return STATUS_OK;
}

static Status execute_notify(UtilityCall *call) {
    const AstNotify *notify = (const AstNotify *)call->raw->statement;
    return listen_notify(call->session, notify->channel,
                         notify->payload == NULL ? "" : notify->payload);
}

void listen_end(ClientSession *client) {
    Listening *listening = client->listening;
    if (listening == NULL)
        return;
    while (!list_empty(&listening->channels))
        channel_remove(client, LIST_ENTRY(listening->channels.next, Channel, node));
    if (client->phase != PHASE_CLOSING)
        return;
    drop_pending(client, &listening->incoming);
    strmap_destroy(&listening->notified); /* its transaction has ended */
    latch_lock(&client->server->registry_latch);
    client->listening = NULL;
    latch_unlock(&client->server->registry_latch);
    mem_free(&client->exec.account, listening, sizeof(*listening));
}

static const UtilityCommand commands[] = {
    {AST_LISTEN, "LISTEN", UTILITY_NO_SNAPSHOT, execute_listen, NULL},
    {AST_UNLISTEN, "UNLISTEN", UTILITY_NO_SNAPSHOT, execute_unlisten, NULL},
    {AST_NOTIFY, "NOTIFY", UTILITY_NO_SNAPSHOT, execute_notify, NULL},
};

void listen_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
