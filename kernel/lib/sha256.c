/* SPDX-License-Identifier: Apache-2.0 */
/* sha256.c: SHA-256, HMAC-SHA-256, and PBKDF2 over it in pieces. */
#include "kernel/lib/sha256.h"

#include "kernel/lib/string.h"

enum { STATE_WORDS = SHA256_BYTES / 4, BLOCK_WORDS = SHA256_BLOCK_BYTES / 4, ROUNDS = 64 };

/* Fractions of the cube roots of the first 64 primes; FIPS 180-4, "SHA-224 and SHA-256 Constants". */
static const uint32_t constants[ROUNDS] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

/* Fractions of the square roots of the first 8 primes; FIPS 180-4, "SHA-256" under "Setting the Initial Hash Value". */
static const uint32_t initial[STATE_WORDS] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

void wipe(void *bytes, size_t length)
{
	volatile uint8_t *at = bytes;

	for (size_t i = 0; i < length; i++) {
		at[i] = 0;
	}
}

bool equal_in_constant_time(const void *a, const void *b, size_t length)
{
	const volatile uint8_t *left = a;
	const volatile uint8_t *right = b;
	uint8_t difference = 0;

	for (size_t i = 0; i < length; i++) {
		difference |= left[i] ^ right[i];
	}
	return difference == 0;
}

static uint32_t rotate(uint32_t value, unsigned right)
{
	return value >> right | value << (32 - right);
}

/* The message schedule, 16 words of it at a time. */
static uint32_t schedule(uint32_t w[BLOCK_WORDS], unsigned t)
{
	uint32_t *word = &w[t % BLOCK_WORDS];

	if (t >= BLOCK_WORDS) {
		uint32_t w2 = w[(t - 2) % BLOCK_WORDS];
		uint32_t w15 = w[(t - 15) % BLOCK_WORDS];

		*word += (rotate(w2, 17) ^ rotate(w2, 19) ^ w2 >> 10) + w[(t - 7) % BLOCK_WORDS] +
			 (rotate(w15, 7) ^ rotate(w15, 18) ^ w15 >> 3);
	}
	return *word;
}

/* FIPS 180-4, "SHA-256 Hash Computation"; @w is used up. */
static void compress(uint32_t state[STATE_WORDS], uint32_t w[BLOCK_WORDS])
{
	uint32_t v[STATE_WORDS]; /* a to h */

	memcpy(v, state, sizeof(v));
	for (unsigned t = 0; t < ROUNDS; t++) {
		uint32_t e = v[4];
		uint32_t a = v[0];
		uint32_t t1 = v[7] + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
			      ((e & v[5]) ^ (~e & v[6])) + constants[t] + schedule(w, t);
		uint32_t t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) +
			      ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));

		memmove(&v[1], &v[0], sizeof(v) - sizeof(v[0]));
		v[4] += t1;
		v[0] = t1 + t2;
	}
	for (unsigned i = 0; i < STATE_WORDS; i++) {
		state[i] += v[i];
	}
}

static void words_from(uint32_t *words, const uint8_t *bytes, unsigned count)
{
	for (unsigned i = 0; i < count; i++, bytes += 4) {
		words[i] = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
			   (uint32_t)bytes[2] << 8 | bytes[3];
	}
}

static void bytes_from(uint8_t *bytes, const uint32_t *words, unsigned count)
{
	for (unsigned i = 0; i < 4 * count; i++) {
		bytes[i] = (uint8_t)(words[i / 4] >> (24 - 8 * (i % 4)));
	}
}

static void compress_bytes(uint32_t state[STATE_WORDS], const uint8_t block[SHA256_BLOCK_BYTES])
{
	uint32_t w[BLOCK_WORDS];

	words_from(w, block, BLOCK_WORDS);
	compress(state, w);
}

/* Go on from @state, which @length bytes, whole blocks, have led to. */
static void resume(struct sha256 *hash, const uint32_t *state, uint64_t length)
{
	memcpy(hash->state, state, sizeof(hash->state));
	hash->length = length;
}

void sha256_init(struct sha256 *hash)
{
	resume(hash, initial, 0);
}

void sha256_add(struct sha256 *hash, const void *bytes, size_t length)
{
	const uint8_t *from = bytes;

	for (size_t i = 0; i < length; i++) {
		hash->block[hash->length++ % SHA256_BLOCK_BYTES] = from[i];
		if (hash->length % SHA256_BLOCK_BYTES == 0) {
			compress_bytes(hash->state, hash->block);
		}
	}
}

void sha256_end(struct sha256 *hash, uint8_t digest[SHA256_BYTES])
{
	static const uint8_t padding[SHA256_BLOCK_BYTES] = { 0x80 };
	uint32_t bits[2] = { (uint32_t)(hash->length >> 29), (uint32_t)(hash->length << 3) };
	uint8_t end[sizeof(bits)];

	bytes_from(end, bits, 2);
	/* So much that the length ends a block. */
	sha256_add(
		hash, padding,
		1 + (2 * SHA256_BLOCK_BYTES - 1 - sizeof(end) - hash->length % SHA256_BLOCK_BYTES) %
				SHA256_BLOCK_BYTES);
	sha256_add(hash, end, sizeof(end));
	bytes_from(digest, hash->state, STATE_WORDS);
}

static void digest_of(const void *bytes, size_t length, uint8_t digest[SHA256_BYTES])
{
	struct sha256 hash;

	sha256_init(&hash);
	sha256_add(&hash, bytes, length);
	sha256_end(&hash, digest);
	wipe(&hash, sizeof(hash));
}

static void take_pad(uint32_t state[STATE_WORDS], uint8_t key[SHA256_BLOCK_BYTES], uint8_t pad)
{
	for (unsigned i = 0; i < SHA256_BLOCK_BYTES; i++) {
		key[i] ^= pad;
	}
	memcpy(state, initial, sizeof(initial));
	compress_bytes(state, key);
}

void hmac_sha256_key(struct hmac_sha256 *hmac, const void *key, size_t length)
{
	enum { INNER = 0x36, OUTER = 0x5C };
	uint8_t block[SHA256_BLOCK_BYTES] = { 0 };

	if (length > sizeof(block)) {
		digest_of(key, length, block);
	} else {
		memcpy(block, key, length);
	}
	take_pad(hmac->inner, block, INNER);
	take_pad(hmac->outer, block, INNER ^ OUTER);
	wipe(block, sizeof(block));
}

void hmac_sha256(const struct hmac_sha256 *hmac, const void *message, size_t length,
		 uint8_t code[SHA256_BYTES])
{
	struct sha256 hash;

	resume(&hash, hmac->inner, SHA256_BLOCK_BYTES);
	sha256_add(&hash, message, length);
	sha256_end(&hash, code);
	resume(&hash, hmac->outer, SHA256_BLOCK_BYTES);
	sha256_add(&hash, code, SHA256_BYTES);
	sha256_end(&hash, code);
	wipe(&hash, sizeof(hash));
}

/* The last block of a message of SHA256_BYTES behind a pad, and its hash into @words. */
static void hash_words(const uint32_t pad[STATE_WORDS], uint32_t words[STATE_WORDS])
{
	uint32_t block[BLOCK_WORDS] = { 0 };

	memcpy(block, words, SHA256_BYTES);
	block[STATE_WORDS] = (uint32_t)1 << 31;
	block[BLOCK_WORDS - 1] = 8 * (SHA256_BLOCK_BYTES + SHA256_BYTES);
	memcpy(words, pad, SHA256_BYTES);
	compress(words, block);
}

void pbkdf2_begin(struct pbkdf2 *run, const void *password, size_t length,
		  const struct pbkdf2_salt *salt)
{
	static const uint8_t first_block[] = { 0, 0, 0, 1 };
	struct sha256 hash;
	uint8_t code[SHA256_BYTES];

	hmac_sha256_key(&run->hmac, password, length);
	resume(&hash, run->hmac.inner, SHA256_BLOCK_BYTES);
	sha256_add(&hash, salt->bytes, salt->length);
	sha256_add(&hash, first_block, sizeof(first_block));
	sha256_end(&hash, code);
	words_from(run->last, code, STATE_WORDS);
	hash_words(run->hmac.outer, run->last);
	memcpy(run->sum, run->last, sizeof(run->sum));
	run->left = salt->iterations - 1;
	wipe(&hash, sizeof(hash));
	wipe(code, sizeof(code));
}

bool pbkdf2_step(struct pbkdf2 *run, uint32_t iterations)
{
	for (; iterations > 0 && run->left > 0; iterations--, run->left--) {
		hash_words(run->hmac.inner, run->last);
		hash_words(run->hmac.outer, run->last);
		for (unsigned i = 0; i < STATE_WORDS; i++) {
			run->sum[i] ^= run->last[i];
		}
	}
	return run->left == 0;
}

void pbkdf2_end(struct pbkdf2 *run, uint8_t key[SHA256_BYTES])
{
	bytes_from(key, run->sum, STATE_WORDS);
	wipe(run, sizeof(*run));
}
