# SPDX-License-Identifier: Apache-2.0
# Packages, guests, the stick, machines and tests: to be folded into the Makefile.

# What is missing is installed before anything is built, hence the second make in run and test.
# DEPS=no leaves that out.
SUBMAKE := $(MAKE) --no-print-directory
GUESTS  := $(B)/guests/vmlinuz $(B)/guests/initrd.cpio $(B)/guests/heartbeat.elf

deps:
ifneq ($(DEPS),no)
	@tools/install-deps
endif

$(B)/guests/vmlinuz $(B)/guests/initrd.cpio &: tools/fetch-guests
	@tools/fetch-guests

$(B)/muntin.img: $(B)/BOOTX64.EFI $(GUESTS) tools/default.conf tools/mkimage
	@tools/mkimage --conf tools/default.conf --efi $(B)/BOOTX64.EFI \
		--add $(B)/guests/vmlinuz:/guests/vmlinuz --add $(B)/guests/initrd.cpio:/guests/initrd.img \
		--add $(B)/guests/heartbeat.elf:/guests/heartbeat.elf -o $@

image: $(B)/muntin.img

# RUN holds further options, as in: make run RUN="--rig qemu-tcg --cpus 2"
run: deps
	@$(SUBMAKE) image
	@tools/run --image $(B)/muntin.img $(RUN)

test: deps
	@$(SUBMAKE) all image $(HOST_TESTS) $(FUZZERS)
	@tools/run-tests --fuzz-seconds $(FUZZ_SECONDS)

checks:
	@tools/run-tests --only check

boot-tests: all image
	@tools/run-tests --only "boot pytest"
