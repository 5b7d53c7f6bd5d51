/* SPDX-License-Identifier: Apache-2.0 */
/* config_password.h: the monitor's password as the config holds it: salted and hashed. */
#pragma once

#include "kernel/config.h"
#include "kernel/config_value.h"

/**
 * config_value_password() - pbkdf2-sha256$ITERATIONS$SALT$HASH, the last two as hexadecimal digits.
 *
 * ITERATIONS from CONFIG_ITERATIONS_MIN to CONFIG_ITERATIONS_MAX; SALT of CONFIG_SALT_BYTES_MIN to
 * CONFIG_SALT_BYTES_MAX bytes; HASH of CONFIG_HASH_BYTES.
 *
 * Return: false when it is not that; it was reported, without a word of the value itself.
 */
bool config_value_password(struct config_value *value, struct config_password *password);
