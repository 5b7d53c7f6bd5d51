/* SPDX-License-Identifier: Apache-2.0 */
/* config_depends.c: which guests a guest waits for. */
#include "kernel/config_depends.h"

#include "kernel/config_text.h"
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"

enum { LIST_BYTES = 160 };

_Static_assert(CONFIG_GUESTS_MAX <= 32, "a bit for each guest in config_guest.depends");

/* A list of names for a message; cut when long. */
struct list {
	char text[LIST_BYTES];
	size_t used;
};

static void list_add(struct list *list, const char *name)
{
	list->used += format(list->text + list->used, sizeof(list->text) - list->used, "%s%s",
			     list->used > 0 ? ", " : "", name);
	list->used = min_u64(list->used, sizeof(list->text) - 1);
}

static struct list other_guests(const struct config *config, uint32_t self)
{
	struct list list = { "", 0 };

	for (uint32_t i = 0; i < config->guest_count; i++) {
		if (i != self) {
			list_add(&list, config->guests[i].name);
		}
	}
	return list;
}

/* The guest called @name, or guest_count. */
static uint32_t find(const struct config *config, struct config_slice name)
{
	uint32_t index = 0;

	while (index < config->guest_count && !config_slice_is(name, config->guests[index].name)) {
		index++;
	}
	return index;
}

static void add_name(struct config *config, uint32_t self, struct config_slice name,
		     struct report *report)
{
	struct config_guest *guest = &config->guests[self];
	uint32_t index = find(config, name);
	uint32_t line = guest->line.depends_on;

	if (name.length == 0) {
		report_add(report, line,
			   "depends-on = %s: a name is missing: write names of other "
			   "guests with one comma between two",
			   guest->depends_on);
	} else if (index == config->guest_count && config->guest_count == 1) {
		report_add(report, line,
			   "no guest is called \"%s\", and there is none but this one",
			   config_show(name).text);
	} else if (index == config->guest_count) {
		report_add(report, line, "no guest is called \"%s\": write one of these: %s",
			   config_show(name).text, other_guests(config, self).text);
	} else if (index == self) {
		report_add(report, line, "guest \"%s\" cannot wait for itself: leave its name out",
			   guest->name);
	} else {
		guest->depends |= (uint32_t)1 << index;
	}
}

static void resolve(struct config *config, uint32_t self, struct report *report)
{
	struct config_slice rest = config_slice_of(config->guests[self].depends_on);
	bool more = config->guests[self].line.depends_on != 0 && rest.length > 0;

	while (more) {
		size_t end = 0;

		while (end < rest.length && rest.at[end] != ',') {
			end++;
		}
		add_name(config, self, config_trim((struct config_slice){ rest.at, end }), report);
		more = end < rest.length;
		rest = config_drop(rest, end + 1);
	}
}

/* @waits[i]: all that guest i waits for, also by way of others. */
static void close_over(const struct config *config, uint32_t *waits)
{
	for (uint32_t i = 0; i < config->guest_count; i++) {
		waits[i] = config->guests[i].depends;
	}
	for (uint32_t by = 0; by < config->guest_count; by++) {
		for (uint32_t i = 0; i < config->guest_count; i++) {
			waits[i] |= (waits[i] >> by & 1) != 0 ? waits[by] : 0;
		}
	}
}

static bool wait_for_each_other(const uint32_t *waits, uint32_t a, uint32_t b)
{
	return (waits[a] >> b & 1) != 0 && (waits[b] >> a & 1) != 0;
}

/* All that are in circles with guest @first, once: the others of them have a higher index. */
static void report_circle(const struct config *config, const uint32_t *waits, uint32_t first,
			  struct report *report)
{
	struct list list = { "", 0 };

	for (uint32_t i = 0; i < config->guest_count; i++) {
		if (!wait_for_each_other(waits, i, first)) {
			continue;
		}
		if (i < first) {
			return;
		}
		list_add(&list, config->guests[i].name);
	}
	if (list.used > 0) {
		report_add(report, config->guests[first].line.depends_on,
			   "these guests would wait for each other for ever: %s: take a depends-on "
			   "out",
			   list.text);
	}
}

void config_depends_resolve(struct config *config, struct report *report)
{
	uint32_t waits[CONFIG_GUESTS_MAX];

	for (uint32_t i = 0; i < config->guest_count; i++) {
		resolve(config, i, report);
	}
	close_over(config, waits);
	for (uint32_t i = 0; i < config->guest_count; i++) {
		report_circle(config, waits, i, report);
	}
}
