/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The web servers that may connect: FCGI_WEB_SERVER_ADDRS (section 3.2).
 *
 * A list of IPv4 and IPv6 addresses, each with an optional prefix length
 * ("10.0.0.0/8"), separated by commas and blanks.  Peers of other transports
 * are refused unless the word "unix" is in the list.
 */
#ifndef FCGI_PEERS_H
#define FCGI_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct fcgi_peer {
    uint8_t address[16];  /* IPv4 as ::ffff:a.b.c.d */
    unsigned prefix_bits; /* of address, 0 to 128 */
};

/* All zero: everybody may connect. */
struct fcgi_peers {
    bool restricted;
    bool local; /* peers that have no IP address may connect */
    struct fcgi_peer *list;
    size_t count;
};

/*
 * Reads a list.  NULL or nothing but separators restricts nothing; an entry
 * that cannot be read admits nobody.  Returns 0 or -ENOMEM, with peers
 * restricted to nobody.
 */
int fcgi_peers_init(struct fcgi_peers *peers, const char *text);
void fcgi_peers_fini(struct fcgi_peers *peers);

bool fcgi_peers_allow(const struct fcgi_peers *peers,
                      const struct sockaddr *address);

#endif
