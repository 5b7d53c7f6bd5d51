/* SPDX-License-Identifier: Apache-2.0 */
/* inspect.c: what those need who look at the whole machine. */
#include "kernel/inspect.h"

#include "kernel/memory.h"
#include "kernel/monitor/reply.h"

static const struct boot_info *boot;
static struct inspect_room *room;

void inspect_init(const struct boot_info *info)
{
	boot = info;
	room = memory_pages(align_up(sizeof(*room), PAGE_SIZE) / PAGE_SIZE);
}

const struct boot_info *inspect_boot(void)
{
	return boot;
}

struct inspect_room *inspect_room(void)
{
	return room;
}

uint32_t config_hash(void)
{
	return crc32(0, boot->config_text.bytes, boot->config_text.length);
}
