/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "peers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"

#define SEPARATORS ", \t\r\n"

enum { MAPPED_BITS = 96, ADDRESS_BITS = 128, MAX_ENTRY = 63 };

/* Puts an IPv4 address where IPv6 has it mapped. */
static void
map_ipv4(uint8_t out[16], const void *address)
{
    memset(out, 0, 10);
    memset(out + 10, 0xff, 2);
    memcpy(out + 12, address, 4);
}

static bool
read_entry(struct fcgi_peer *peer, char *text)
{
    char *slash = strchr(text, '/');
    struct in_addr ipv4;
    int offset = 0;
    long long most, bits;

    if (slash != NULL)
        *slash = '\0';
    if (inet_pton(AF_INET, text, &ipv4) == 1) {
        map_ipv4(peer->address, &ipv4);
        offset = MAPPED_BITS;
    } else if (inet_pton(AF_INET6, text, peer->address) != 1) {
        return false;
    }
    most = ADDRESS_BITS - offset;
    bits = slash != NULL ? fcgi_address_number(slash + 1, most) : most;
    peer->prefix_bits = (unsigned)(offset + bits);
    return bits >= 0 && bits <= most;
}

int
fcgi_peers_init(struct fcgi_peers *peers, const char *text)
{
    const char *p = text == NULL ? "" : text;
    size_t most;

    memset(peers, 0, sizeof(*peers));
    p += strspn(p, SEPARATORS);
    if (*p == '\0')
        return 0;
    peers->restricted = true;
    most = strlen(p) / 2 + 1; /* an entry takes a byte and a separator */
    peers->list = calloc(most, sizeof(*peers->list));
    if (peers->list == NULL)
        return -ENOMEM;
    while (*p != '\0') {
        size_t size = strcspn(p, SEPARATORS);
        char entry[MAX_ENTRY + 1];

        if (size <= MAX_ENTRY) {
            memcpy(entry, p, size);
            entry[size] = '\0';
            if (strcmp(entry, "unix") == 0)
                peers->local = true;
            else if (read_entry(&peers->list[peers->count], entry))
                peers->count++;
        }
        p += size;
        p += strspn(p, SEPARATORS);
    }
    return 0;
}

void
fcgi_peers_fini(struct fcgi_peers *peers)
{
    free(peers->list);
    peers->list = NULL;
    peers->count = 0;
}

static bool
matches(const struct fcgi_peer *peer, const uint8_t address[16])
{
    unsigned bytes = peer->prefix_bits / 8;
    unsigned bits = peer->prefix_bits % 8;

    if (memcmp(peer->address, address, bytes) != 0)
        return false;
    return bits == 0 ||
           ((peer->address[bytes] ^ address[bytes]) >> (8 - bits)) == 0;
}

bool
fcgi_peers_allow(const struct fcgi_peers *peers, const struct sockaddr *address)
{
    uint8_t bytes[16];
    size_t i;

    if (!peers->restricted)
        return true;
    if (address->sa_family == AF_INET)
        map_ipv4(
            bytes,
            &((const struct sockaddr_in *)(const void *)address)->sin_addr);
    else if (address->sa_family == AF_INET6)
        memcpy(bytes,
               &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr,
               sizeof(bytes));
    else
        return peers->local;
    for (i = 0; i < peers->count; i++)
        if (matches(&peers->list[i], bytes))
            return true;
    return false;
}
