/* SPDX-License-Identifier: Apache-2.0 */
/*
 * curl_cjson.c - the same with libcurl and cJSON, as their documentation has it: one easy handle,
 * which keeps its connection, an answer collected in memory as in getinmemory.c, and parsed whole.
 *
 *     curl_cjson PORT CA-FILE TOKEN-FILE
 *
 * Counts the events by type until a batch is empty, and prints how many there were.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <curl/curl.h>

struct answer {
    char *text;
    size_t size;
};

static const char *const names[] = {
    "MESSAGESENT",
    "SYMPHONYELEMENTSACTION",
    "USERJOINEDROOM",
    "USERLEFTROOM",
    "SHAREDPOST",
    "INSTANTMESSAGECREATED",
    "ROOMCREATED",
    "ROOMUPDATED",
    "ROOMDEACTIVATED",
    "ROOMREACTIVATED",
    "ROOMMEMBERPROMOTEDTOOWNER",
    "ROOMMEMBERDEMOTEDFROMOWNER",
    "CONNECTIONREQUESTED",
    "CONNECTIONACCEPTED",
    "MESSAGESUPPRESSED",
    "USERREQUESTEDTOJOINROOM",
    "GENERICSYSTEMEVENT",
};
#define NAMES (sizeof names / sizeof names[0])

static CURL *curl;
static char base[64];
static unsigned long events, counts[NAMES];

static void die(const char *why)
{
    (void)fprintf(stderr, "curl_cjson: %s\n", why);
    exit(1);
}

static size_t append(void *data, size_t size, size_t count, void *context)
{
    struct answer *answer = context;
    char *text = realloc(answer->text, answer->size + size * count + 1);

    if (text == NULL) {
        return 0; /* which fails the transfer */
    }
    answer->text = text;
    memcpy(text + answer->size, data, size * count);
    answer->size += size * count;
    text[answer->size] = '\0';
    return size * count;
}

/* Makes a call, POST where there is a body. The caller frees what it returns. */
static cJSON *call(const char *path, const char *body)
{
    struct answer answer = {NULL, 0};
    char url[256];
    cJSON *json = NULL;
    CURLcode code = CURLE_OK;

    (void)snprintf(url, sizeof url, "%s%s", base, path);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    if (body == NULL) {
        curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    } else {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    }
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, (void *)&answer);
    code = curl_easy_perform(curl);
    if (code != CURLE_OK) {
        die(curl_easy_strerror(code));
    }
    json = cJSON_ParseWithLength(answer.text, answer.size);
    free(answer.text);
    if (json == NULL) {
        die("an answer is no JSON");
    }
    return json;
}

static void look_at(const cJSON *event)
{
    const char *type = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(event, "type"));

    events++;
    for (size_t i = 0; type != NULL && i < NAMES; i++) {
        if (strcmp(type, names[i]) == 0) {
            counts[i]++;
            return;
        }
    }
}

/* Reads a batch; `ack_id` of `size` bytes is the one before, and then its own. Returns whether it
 * has events. */
static bool read_batch(const char *path, char *ack_id, size_t size)
{
    char body[256];
    cJSON *answer = NULL;
    const cJSON *list = NULL;
    const cJSON *event = NULL;
    const char *next = NULL;
    bool has_events = false;

    (void)snprintf(body, sizeof body, "{\"ackId\":\"%s\"}", ack_id);
    answer = call(path, body);
    list = cJSON_GetObjectItemCaseSensitive(answer, "events");
    cJSON_ArrayForEach(event, list)
    {
        look_at(event);
    }
    has_events = list != NULL && list->child != NULL;
    next = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(answer, "ackId"));
    (void)snprintf(ack_id, size, "%s", next == NULL ? "" : next);
    cJSON_Delete(answer);
    return has_events;
}

static void follow(void)
{
    char path[200] = "/v5/datafeeds/";
    char ack_id[128] = "";
    const char *id = NULL;
    cJSON *feed = NULL;

    cJSON_Delete(call("/v5/datafeeds?tag=compare", NULL));
    feed = call("/v5/datafeeds", "{\"tag\":\"compare\"}");
    id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(feed, "id"));
    if (id == NULL) {
        die("no feed");
    }
    (void)snprintf(path, sizeof path, "/v5/datafeeds/%s/read", id);
    cJSON_Delete(feed);
    while (read_batch(path, ack_id, sizeof ack_id)) {
    }
}

int main(int argc, char **argv)
{
    char token[2048] = "sessionToken: ";
    struct curl_slist *headers = NULL;
    FILE *file = argc == 4 ? fopen(argv[3], "r") : NULL;

    if (file == NULL || fgets(token + strlen(token), 2000, file) == NULL) {
        die("usage: curl_cjson PORT CA-FILE TOKEN-FILE");
    }
    (void)fclose(file);
    token[strcspn(token, "\r\n")] = '\0';
    (void)snprintf(base, sizeof base, "https://localhost:%s/agent", argv[1]);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    curl = curl_easy_init();
    headers = curl_slist_append(headers, token);
    headers = curl_slist_append(headers, "Content-Type: application/json");
    if (curl == NULL || headers == NULL) {
        die("no memory");
    }
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_CAINFO, argv[2]);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
    follow();
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    curl_global_cleanup();
    (void)printf("%lu events, %lu messages\n", events, counts[0]);
    return 0;
}
