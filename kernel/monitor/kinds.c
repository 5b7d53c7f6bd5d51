/* SPDX-License-Identifier: Apache-2.0 */
/* kinds.c: what there is, on this machine, of the things that usage texts name. */
#include "kernel/monitor/kinds.h"

#include "kernel/lib/format.h"
#include "kernel/monitor/complete.h"
#include "kernel/monitor/settings.h"
#include "kernel/partition_launch.h"
#include "kernel/partition_view.h"

static bool guest_at(uint32_t index, char *text, size_t size)
{
	if (index >= partition_count()) {
		return false;
	}
	format(text, size, "%s", partition_name(partition_at(index)));
	return true;
}

static bool state_at(uint32_t index, char *text, size_t size)
{
	format(text, size, "%s", partition_state_text((enum partition_state)index));
	return index < PARTITION_STATE_COUNT;
}

static bool image_at(uint32_t index, char *text, size_t size)
{
	const char *name = partition_image_name(index);

	format(text, size, "%s", name != NULL ? name : "");
	return name != NULL;
}

static bool setting_at(uint32_t index, char *text, size_t size)
{
	const char *name = settings_name(index);

	format(text, size, "%s", name != NULL ? name : "");
	return name != NULL;
}

static bool level_at(uint32_t index, char *text, size_t size)
{
	static const char *const levels[] = { "error", "warning", "info" };
	bool there = index < ARRAY_COUNT(levels);

	format(text, size, "%s", there ? levels[index] : "");
	return there;
}

/* Of any setting that has words for values: which one it is is not known here. */
static bool value_at(uint32_t index, char *text, size_t size)
{
	static const char *const switches[] = { "on", "off" };

	if (index >= ARRAY_COUNT(switches)) {
		return level_at(index - (uint32_t)ARRAY_COUNT(switches), text, size);
	}
	format(text, size, "%s", switches[index]);
	return true;
}

static const struct complete_kind kinds[] = {
	{ "NAME", guest_at },      { "STATE", state_at }, { "IMAGE", image_at },
	{ "SETTING", setting_at }, { "VALUE", value_at }, { "LEVEL", level_at },
};

void kinds_complete(struct line_completion *completion)
{
	complete(kinds, ARRAY_COUNT(kinds), completion);
}
