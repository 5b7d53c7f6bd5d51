/* SPDX-License-Identifier: Apache-2.0 */
/* config_modules.c: the files behind `modules =`, each with a text for the kernel. */
#include "kernel/config_modules.h"

#include "kernel/lib/string.h"

/* Takes what stands before the next ";" off @rest; false when nothing was left, not even an empty piece. */
static bool next_piece(struct config_slice *rest, bool *more, struct config_slice *piece)
{
	size_t end = 0;

	if (!*more) {
		return false;
	}
	while (end < rest->length && rest->at[end] != ';') {
		end++;
	}
	*piece = config_trim((struct config_slice){ rest->at, end });
	*more = end < rest->length;
	*rest = config_drop(*rest, end + 1);
	return true;
}

static void cut(struct config_slice piece, struct config_slice *path, struct config_slice *string)
{
	size_t end = 0;

	while (end < piece.length && !config_blank(piece.at[end])) {
		end++;
	}
	*path = (struct config_slice){ piece.at, end };
	*string = config_trim(config_drop(piece, end));
}

/* @like: what messages about the path are made of. */
static bool read_piece(struct config_slice piece, const struct config_value *like,
		       struct config_module *module)
{
	struct config_value path = *like;

	cut(piece, &path.text, &module->string);
	path.at = 0;
	path.quoted = false;
	return config_value_path(&path, module->path, sizeof(module->path));
}

static bool list_is_good(const struct config_value *value, const char *modules)
{
	struct config_slice rest = config_slice_of(modules);
	struct config_slice piece;
	bool more = true;

	for (uint32_t count = 1; next_piece(&rest, &more, &piece); count++) {
		struct config_module module;

		if (piece.length == 0) {
			config_value_wrong(value, "module %u has no path", count);
			return false;
		}
		if (count > CONFIG_MODULES_MAX) {
			config_value_wrong(value, "more than %d modules", CONFIG_MODULES_MAX);
			return false;
		}
		if (!read_piece(piece, value, &module)) {
			return false;
		}
	}
	return true;
}

bool config_value_modules(struct config_value *value, char *modules)
{
	bool good = config_value_string(value, modules, CONFIG_MODULES_BYTES) &&
		    list_is_good(value, modules);

	if (!good) {
		modules[0] = '\0';
	}
	return good;
}

bool config_module_at(const char *modules, uint32_t index, struct config_module *module)
{
	const struct config_value like = { .report = NULL }; /* all messages were given */
	struct config_slice rest = config_slice_of(modules);
	struct config_slice piece;
	bool more = rest.length > 0;
	bool there = next_piece(&rest, &more, &piece);

	for (uint32_t i = 0; there && i < index; i++) {
		there = next_piece(&rest, &more, &piece);
	}
	return there && read_piece(piece, &like, module);
}
