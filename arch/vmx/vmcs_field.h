/* SPDX-License-Identifier: Apache-2.0 */
/* vmcs_field.h: the fields a VMCS can have, by the manual's names. Pure. */
#pragma once

#include "kernel/lib/types.h"

enum {
	VMCS_FIELDS_MAX = 192, /* no fewer than there are */
	VMCS_FIELD_NAME_BYTES = 40,
};

/** enum vmcs_group - bits 11:10 of an encoding (SDM Vol. 3C, "Software Use of Virtual-Machine Control Structures"). */
enum vmcs_group {
	VMCS_GROUP_CONTROL,
	VMCS_GROUP_EXIT, /* VM-exit information: read-only */
	VMCS_GROUP_GUEST,
	VMCS_GROUP_HOST,
	VMCS_GROUP_COUNT
};

/** struct vmcs_field_info - one field. */
struct vmcs_field_info {
	uint16_t encoding; /* also an enum vmcs_field, where Muntin uses it */
	enum vmcs_group group;
	char name[VMCS_FIELD_NAME_BYTES];
};

/** vmcs_field_group() - the group of an encoding. */
static inline enum vmcs_group vmcs_field_group(uint32_t encoding)
{
	return (enum vmcs_group)(encoding >> 10 & 3);
}

/** vmcs_group_text() - "control", "exit", "guest" or "host". */
const char *vmcs_group_text(enum vmcs_group group);

/**
 * vmcs_field_at() - field @index of the manual's list, from 0.
 *
 * The instruction error comes first: a VMREAD of a field that the processor lacks overwrites it.
 *
 * Return: false when there is none; that is so from some index below VMCS_FIELDS_MAX on.
 * Source: SDM Vol. 3D, Appendix B "Field Encoding in VMCS".
 */
bool vmcs_field_at(uint32_t index, struct vmcs_field_info *info);

/** vmcs_field_fn - is shown a field. */
typedef void (*vmcs_field_fn)(void *context, uint32_t index, uint16_t encoding);

/** vmcs_fields_each() - show all fields to @visit, by rising index. */
void vmcs_fields_each(vmcs_field_fn visit, void *context);

/** vmcs_field_index() - the index of the field with @encoding; VMCS_FIELDS_MAX when there is none. */
uint32_t vmcs_field_index(uint32_t encoding);
