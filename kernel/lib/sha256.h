/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sha256.h: SHA-256, HMAC-SHA-256, and PBKDF2 over it in pieces. Pure.
 *
 * Small rather than fast: about 5,000 instructions for an iteration of PBKDF2.
 */
#pragma once

#include "kernel/lib/types.h"

enum { SHA256_BYTES = 32, SHA256_BLOCK_BYTES = 64 };

/** struct sha256 - a hash that is being made. */
struct sha256 {
	uint32_t state[SHA256_BYTES / 4];
	uint64_t length; /* bytes so far */
	uint8_t block[SHA256_BLOCK_BYTES];
};

/** sha256_init() - begin. */
void sha256_init(struct sha256 *hash);

/** sha256_add() - @length more bytes. */
void sha256_add(struct sha256 *hash, const void *bytes, size_t length);

/** sha256_end() - the digest; @hash is used up. Source: FIPS 180-4, "SHA-256". */
void sha256_end(struct sha256 *hash, uint8_t digest[SHA256_BYTES]);

/** struct hmac_sha256 - a key: the hash after its inner and its outer pad. */
struct hmac_sha256 {
	uint32_t inner[SHA256_BYTES / 4];
	uint32_t outer[SHA256_BYTES / 4];
};

/** hmac_sha256_key() - take a key of any length. */
void hmac_sha256_key(struct hmac_sha256 *hmac, const void *key, size_t length);

/** hmac_sha256() - the code of @message. Source: RFC 2104, "Definition of HMAC". */
void hmac_sha256(const struct hmac_sha256 *hmac, const void *message, size_t length,
		 uint8_t code[SHA256_BYTES]);

/** struct pbkdf2_salt - what a password is mixed with, and how often. */
struct pbkdf2_salt {
	const uint8_t *bytes;
	size_t length;
	uint32_t iterations; /* 1 and more */
};

/** struct pbkdf2 - a key that is being derived: the first SHA256_BYTES of it, all that passwords need. */
struct pbkdf2 {
	struct hmac_sha256 hmac;
	uint32_t left;                   /* iterations still to do */
	uint32_t last[SHA256_BYTES / 4]; /* U of the last one */
	uint32_t sum[SHA256_BYTES / 4];  /* of all so far, by XOR */
};

/** pbkdf2_begin() - the first iteration. Source: RFC 8018, "PBKDF2". */
void pbkdf2_begin(struct pbkdf2 *run, const void *password, size_t length,
		  const struct pbkdf2_salt *salt);

/** pbkdf2_step() - up to @iterations more. Return: whether none is left. */
bool pbkdf2_step(struct pbkdf2 *run, uint32_t iterations);

/** pbkdf2_end() - the key, when none is left; @run is wiped. */
void pbkdf2_end(struct pbkdf2 *run, uint8_t key[SHA256_BYTES]);

/** wipe() - overwrite what nobody may find later; unlike memset() it is never left out. */
void wipe(void *bytes, size_t length);

/** equal_in_constant_time() - compare; how long it takes does not depend on where they differ. */
bool equal_in_constant_time(const void *a, const void *b, size_t length);
