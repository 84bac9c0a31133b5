/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Input: 16 bytes, an address, then a list as FCGI_WEB_SERVER_ADDRS has it, up
 * to a NUL.  A list admits whom one of its entries admits, an address admits
 * itself, and a prefix whoever agrees with it so far.
 */
#include "config.h"

#include "peers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "oracle.h"

#define SEPARATORS ", \t\r\n"

enum { ADDRESS = 16, LONGEST = 63 /* bytes of an entry */ };

static uint8_t raw[ADDRESS];

static bool
admits_ipv6(const struct fcgi_peers *peers, const void *address)
{
    struct sockaddr_in6 peer = {.sin6_family = AF_INET6};

    memcpy(&peer.sin6_addr, address, sizeof(peer.sin6_addr));
    return fcgi_peers_allow(peers, (const struct sockaddr *)&peer);
}

static bool
admits_ipv4(const struct fcgi_peers *peers, const void *address)
{
    struct sockaddr_in peer = {.sin_family = AF_INET};

    memcpy(&peer.sin_addr, address, sizeof(peer.sin_addr));
    return fcgi_peers_allow(peers, (const struct sockaddr *)&peer);
}

static bool
admits_local(const struct fcgi_peers *peers)
{
    struct sockaddr peer = {.sa_family = AF_UNIX};

    return fcgi_peers_allow(peers, &peer);
}

/* What an entry, alone, must say. */
static void
check_entry(const char *entry, const struct fcgi_peers *peers)
{
    uint8_t address[ADDRESS];
    char *end;
    char text[LONGEST + 1];
    size_t size = strcspn(entry, "/");
    bool good, is_ipv4;
    long bits;

    ORACLE(peers->restricted && peers->count <= 1);
    ORACLE(admits_local(peers) == (strcmp(entry, "unix") == 0));
    if (strlen(entry) > LONGEST) {
        ORACLE(peers->count == 0);
        return;
    }
    memcpy(text, entry, size);
    text[size] = '\0';
    is_ipv4 = inet_pton(AF_INET, text, address) == 1;
    good = is_ipv4 || inet_pton(AF_INET6, text, address) == 1;
    if (entry[size] == '\0') {
        ORACLE((peers->count == 1) == good);
        ORACLE(!good || (is_ipv4 ? admits_ipv4(peers, address)
                                 : admits_ipv6(peers, address)));
        return;
    }
    bits = strtol(entry + size + 1, &end, 10);
    good = good && entry[size + 1] >= '0' && entry[size + 1] <= '9' &&
           *end == '\0' && bits <= (is_ipv4 ? 32 : 128);
    ORACLE((peers->count == 1) == good);
    if (!good)
        return;
    ORACLE(is_ipv4 ? admits_ipv4(peers, address) : admits_ipv6(peers, address));
    if (bits > 0) { /* the last bit of the prefix counts... */
        address[(bits - 1) / 8] ^= (uint8_t)(0x80 >> (bits - 1) % 8);
        ORACLE(!(is_ipv4 ? admits_ipv4(peers, address)
                         : admits_ipv6(peers, address)));
        address[(bits - 1) / 8] ^= (uint8_t)(0x80 >> (bits - 1) % 8);
    }
    if (bits < (is_ipv4 ? 32 : 128)) { /* ...and the next one does not */
        address[bits / 8] ^= (uint8_t)(0x80 >> bits % 8);
        ORACLE(is_ipv4 ? admits_ipv4(peers, address)
                       : admits_ipv6(peers, address));
    }
}

/* The whole list against its entries. */
static void
check_list(char *list, const struct fcgi_peers *whole)
{
    bool ipv4 = false, ipv6 = false, local = false;
    size_t count = 0;
    char *save = NULL;
    char *entry;

    for (entry = strtok_r(list, SEPARATORS, &save); entry != NULL;
         entry = strtok_r(NULL, SEPARATORS, &save)) {
        struct fcgi_peers one;

        ORACLE(fcgi_peers_init(&one, entry) == 0);
        check_entry(entry, &one);
        ipv4 |= admits_ipv4(&one, raw + 12);
        ipv6 |= admits_ipv6(&one, raw);
        local |= admits_local(&one);
        fcgi_peers_fini(&one);
        count++;
    }
    ORACLE(whole->restricted == (count > 0));
    ORACLE(count == 0 ||
           (admits_ipv4(whole, raw + 12) == ipv4 &&
            admits_ipv6(whole, raw) == ipv6 && admits_local(whole) == local));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fcgi_peers peers;
    char *list;

    if (size < ADDRESS)
        return 0;
    memcpy(raw, data, ADDRESS);
    list = malloc(size - ADDRESS + 1);
    ORACLE(list != NULL);
    memcpy(list, data + ADDRESS, size - ADDRESS);
    list[size - ADDRESS] = '\0';
    ORACLE(fcgi_peers_init(&peers, list) == 0);
    check_list(list, &peers);
    fcgi_peers_fini(&peers);
    fcgi_peers_fini(&peers);
    free(list);
    return 0;
}
