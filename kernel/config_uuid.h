/* SPDX-License-Identifier: Apache-2.0 */
/* config_uuid.h: the UUID of a guest: written in the config, or made of the guest's name. */
#pragma once

#include "kernel/config.h"
#include "kernel/config_value.h"

/**
 * config_value_uuid() - 8-4-4-4-12 hexadecimal digits, capitals or not.
 *
 * Neither all zeros nor all ones, which SMBIOS keeps for "none".
 *
 * Return: false when it is not that; it was reported, and @uuid is half changed.
 * Source: RFC 9562, "UUID Format"; DMTF DSP0134, "System - UUID".
 */
bool config_value_uuid(struct config_value *value, uint8_t uuid[CONFIG_UUID_BYTES]);

/**
 * config_uuid_derive() - the UUID of a guest whose config names none: of version 8.
 *
 * The first 128 bits of the SHA-256 of a name space's UUID and @name, but for version and variant.
 *
 * Source: RFC 9562, "UUID Version 8", "Example of a UUIDv8 Value (Name-Based)".
 */
void config_uuid_derive(const char *name, uint8_t uuid[CONFIG_UUID_BYTES]);

/** config_uuid_check() - report a UUID that two guests would have. */
void config_uuid_check(const struct config *config, struct report *report);
