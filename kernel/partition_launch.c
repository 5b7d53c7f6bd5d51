/* SPDX-License-Identifier: Apache-2.0 */
/* partition_launch.c: what a guest is started from. */
#include "kernel/partition_launch.h"

#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/partition.h"
#include "kernel/plan_image.h"

/* An image, the path it was read from, and what the config says of a kernel, whichever it is. */
struct found {
	struct image_file file;
	const char *path;
	struct image_form form;
};

/* Modules are those of the config, whatever the kernel is. */
static struct boot_guest images_of(const struct partition *partition, const struct found *kernel,
				   const struct found *initrd)
{
	struct boot_guest images = *partition->images;

	images.kernel = kernel->file;
	images.form = kernel->form;
	images.initrd = initrd->file;
	return images;
}

static void keep(const struct partition *partition, struct partition_launch *launch,
		 const struct found *kernel, const struct found *initrd, const char *cmdline)
{
	launch->images = images_of(partition, kernel, initrd);
	launch->kernel = kernel->path;
	launch->initrd = initrd->path;
	launch->modules = partition->config->modules;
	/* The caller has checked that it fits. */
	memcpy(launch->cmdline, cmdline, strlen(cmdline) + 1);
}

void partition_launch_init(struct partition *partition)
{
	const struct config_guest *config = partition->config;
	struct found kernel = { partition->images->kernel, config->kernel, config->form };
	struct found initrd = { partition->images->initrd, config->initrd, { 0 } };

	keep(partition, &partition->launches[0], &kernel, &initrd, config->cmdline);
}

void partition_launch_begin(struct partition *partition)
{
	if (partition->relaunch) {
		partition->launch = 1 - partition->launch;
		partition->relaunch = false;
	}
}

const struct partition_launch *partition_launch_current(const struct partition *partition)
{
	return &partition->launches[partition->launch];
}

const char *partition_image_name(uint32_t index)
{
	const struct config *config = &partitions.boot->config;

	return index < config->image_count ? config->images[index].name : NULL;
}

static enum status refuse_name(const char *name, char *why)
{
	const struct config *config = &partitions.boot->config;
	size_t used =
		format(why, PARTITION_REFUSAL_BYTES,
		       config->image_count > 0 ? "no image is called \"%s\"; the config lists"
					       : "no image is called \"%s\": the config has no "
						 "[image NAME]",
		       name);

	for (uint32_t i = 0; i < config->image_count && used < PARTITION_REFUSAL_BYTES; i++) {
		used += format(why + used, PARTITION_REFUSAL_BYTES - used, "%s %s",
			       i > 0 ? "," : "", config->images[i].name);
	}
	return E_NOT_FOUND;
}

/* Leaves @found as it is when nothing is asked for. */
static enum status find(const char *name, struct found *found, char *why)
{
	const struct boot_info *boot = partitions.boot;

	for (uint32_t i = 0; name != NULL && i < boot->config.image_count; i++) {
		if (strcmp(boot->config.images[i].name, name) == 0) {
			found->file = boot->images[i];
			found->path = boot->config.images[i].file;
			return OK;
		}
	}
	return name == NULL ? OK : refuse_name(name, why);
}

static enum status find_initrd(const char *name, struct found *found, char *why)
{
	if (name != NULL && strcmp(name, "none") == 0) {
		*found = (struct found){ .path = "" };
		return OK;
	}
	return find(name, found, why);
}

static enum status check(const struct partition *partition, const struct boot_guest *images,
			 const char *cmdline, char *why)
{
	struct image_refusal refusal;

	if (strlen(cmdline) >= CONFIG_CMDLINE_BYTES) {
		format(why, PARTITION_REFUSAL_BYTES, "the command line has more than %d characters",
		       CONFIG_CMDLINE_BYTES - 1);
		return E_INVALID;
	}
	enum status status = plan_image_fits(partition->plan, images, cmdline, &refusal);
	if (status != OK) {
		format(why, PARTITION_REFUSAL_BYTES, "%s", refusal.why);
	}
	return status;
}

enum status partition_relaunch(struct partition *partition, const struct partition_relaunch *wish,
			       char *why)
{
	const struct config_guest *config = partition->config;
	struct found kernel = { partition->images->kernel, config->kernel, config->form };
	struct found initrd = { partition->images->initrd, config->initrd, { 0 } };
	const char *cmdline = wish->cmdline != NULL ? wish->cmdline : config->cmdline;
	enum status status = find(wish->kernel, &kernel, why);

	if (status == OK) {
		status = find_initrd(wish->initrd, &initrd, why);
	}
	if (status == OK) {
		struct boot_guest images = images_of(partition, &kernel, &initrd);

		status = check(partition, &images, cmdline, why);
	}
	if (status != OK) {
		return status;
	}
	/* Not the one that a start under way reads. */
	keep(partition, &partition->launches[1 - partition->launch], &kernel, &initrd, cmdline);
	partition->relaunch = true;
	partition_reset(partition);
	return OK;
}
