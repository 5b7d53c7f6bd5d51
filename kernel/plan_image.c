/* SPDX-License-Identifier: Apache-2.0 */
/* plan_image.c: a guest's images held against the RAM that the plan gives it. */
#include "kernel/plan_image.h"

#include "kernel/vdev/vacpi.h"
#include "kernel/vdev/vsmbios.h"

_Static_assert(VACPI_BASE + VACPI_BYTES_MAX == (int)VSMBIOS_BASE, "one range of tables");

uint32_t plan_ram_runs(const struct plan_guest *plan, struct image_ram *runs)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < plan->ram_count; i++) {
		const struct plan_ram *ram = &plan->ram[i];

		if (count > 0 &&
		    runs[count - 1].base.value + runs[count - 1].bytes == ram->gpa.value) {
			runs[count - 1].bytes += ram->bytes;
		} else {
			runs[count++] = (struct image_ram){ ram->gpa, ram->bytes };
		}
	}
	return count;
}

void plan_image_request(const struct plan_guest *plan, const struct boot_guest *images,
			const char *cmdline, struct plan_image *out)
{
	out->request = (struct image_request){
		.memory = NULL,
		.kernel = images->kernel,
		.form = images->form,
		.initrd = images->initrd,
		.modules = images->modules,
		.module_count = images->module_count,
		.cmdline = cmdline,
		.ram = out->runs,
		.ram_count = plan_ram_runs(plan, out->runs),
		.acpi_rsdp = gpa(VACPI_BASE),
		.acpi_base = VACPI_BASE,
		.acpi_bytes = VSMBIOS_BASE + VSMBIOS_BYTES_MAX - VACPI_BASE,
	};
}

bool plan_image_is_firmware(const struct boot_guest *images)
{
	struct image_probe probe;

	return image_probe(images->kernel, &images->form, &probe) == OK &&
	       probe.kind == IMAGE_FIRMWARE;
}

enum status plan_image_fits(const struct plan_guest *plan, const struct boot_guest *images,
			    const char *cmdline, struct image_refusal *refusal)
{
	struct plan_image image;

	plan_image_request(plan, images, cmdline, &image);
	return image_check(&image.request, refusal);
}

void plan_image_probe(const struct config_guest *guest, const struct boot_guest *images,
		      struct report *report)
{
	struct image_probe probe;

	if (images->kernel.length > 0 && image_probe(images->kernel, &images->form, &probe) != OK) {
		report_add(report, guest->line.kernel, "%s: not a kernel Muntin can boot: %s",
			   guest->kernel, probe.why);
	}
}

static uint32_t line_of(const struct config_guest *guest, enum image_field field)
{
	switch (field) {
	case IMAGE_FIELD_MEMORY:
		return guest->line.memory;
	case IMAGE_FIELD_CMDLINE:
		return guest->line.cmdline;
	case IMAGE_FIELD_INITRD:
		return guest->line.initrd;
	case IMAGE_FIELD_MODULES:
		return guest->line.modules;
	case IMAGE_FIELD_KERNEL:
		break;
	}
	return guest->line.kernel;
}

/* Whether all is well but for what was reported; @field says about what that was. */
static bool check_once(const struct config_guest *guest, const struct image_request *request,
		       enum image_field *field, struct report *report)
{
	struct image_refusal refusal;

	if (image_check(request, &refusal) == OK) {
		return true;
	}
	*field = refusal.field;
	report_add(report, line_of(guest, refusal.field), "guest \"%s\": %s", guest->name,
		   refusal.why);
	return false;
}

void plan_image_check(const struct config_guest *guest, const struct plan_guest *plan,
		      const struct boot_guest *images, struct report *report)
{
	struct image_probe probe;
	struct plan_image image;
	enum image_field field;

	if (plan->ram_count == 0 || image_probe(images->kernel, &images->form, &probe) != OK) {
		return;
	}
	plan_image_request(plan, images, guest->cmdline, &image);
	/* A command line takes no RAM, so memory can be wrong as well: both in one list. */
	if (!check_once(guest, &image.request, &field, report) && field == IMAGE_FIELD_CMDLINE) {
		image.request.cmdline = "";
		check_once(guest, &image.request, &field, report);
	}
}
