# SPDX-License-Identifier: Apache-2.0
# Small guests of our own: 32-bit Multiboot 1 kernels. The Makefile includes this behind its own
# variables: B, CC, NASM and WARN are needed.

GUEST_FLAGS := -m32 -std=gnu11 -O2 -g $(WARN) -I. -ffreestanding -fno-pic -fno-pie \
               -mgeneral-regs-only -fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none -MMD -MP
HANDED      := multiboot multiboot2 pvh none
GUESTS      := $(HANDED:%=$(B)/guests/handed-%.elf) $(B)/guests/entered-64.elf $(B)/guests/entered-32.bin \
               $(B)/guests/entered-16.bin $(B)/guests/heartbeat.elf $(B)/guests/bench.elf $(B)/guests/talker.elf $(B)/guests/leave.elf $(B)/guests/latency.elf

.PHONY: guests
guests: $(GUESTS)

$(B)/guests/%.o: tests/guest/%.c
	@mkdir -p $(@D)
	$(CC) $(GUEST_FLAGS) -c $< -o $@

$(B)/guests/start.o: tests/guest/start.asm
	@mkdir -p $(@D)
	$(NASM) -f elf32 -g -F dwarf $< -o $@

$(B)/guests/%.elf: $(B)/guests/start.o $(B)/guests/lib.o $(B)/guests/%.o tests/guest/guest.ld
	$(CC) -m32 -nostdlib -static -no-pie -Wl,-T,tests/guest/guest.ld -Wl,--build-id=none \
		-Wl,-z,noexecstack $(filter %.o,$^) -o $@

# A second processor, and interrupts: as the suite does it.
SECOND := $(B)/guests/second.o $(patsubst %,$(B)/guests/suite/%.o,smp.asm apic.c ioapic.c)
$(B)/guests/bench.elf: $(B)/guests/figure.o
# What kernels of every kind are handed: one program behind each header, and one for each mode without a header.
HEADER_multiboot2 := -dHEADER_MULTIBOOT2
HEADER_pvh        := -dHEADER_PVH
HEADER_none       := -dHEADER_NONE

$(B)/guests/start-%.o: tests/guest/start.asm
	@mkdir -p $(@D)
	$(NASM) -f elf32 $(HEADER_$*) $< -o $@

$(B)/guests/handed-%.elf: $(B)/guests/start-%.o $(B)/guests/lib.o $(B)/guests/handed.o tests/guest/handed.ld
	$(CC) -m32 -nostdlib -static -no-pie -Wl,-T,tests/guest/handed.ld -Wl,--build-id=none \
		-Wl,-z,noexecstack $(filter %.o,$^) -o $@

$(B)/guests/entered-%.bin: tests/guest/entered.asm
	@mkdir -p $(@D)
	$(NASM) -f bin -dMODE=$* $< -o $@

$(B)/guests/entered-64.elf: tests/guest/entered.asm
	@mkdir -p $(@D)
	$(NASM) -f elf64 -dMODE=64 $< -o $@.o
	ld -nostdlib -static -Ttext=0x200000 -e start -z noexecstack --no-warn-rwx-segments $@.o -o $@

$(B)/guests/heartbeat.elf: $(B)/guests/clean.o $(SECOND)
$(B)/guests/latency.elf: $(B)/guests/figure.o $(SECOND)

$(B)/guests/leave.elf: $(B)/guests/suite/acpi.c.o $(B)/guests/suite/text.c.o

# The suite: all that suite/GROUP_*.c say of a machine is one guest, suite-GROUP.elf. Files without an underscore are in each.
SUITE_DIR    := tests/guest/suite
SUITE_GROUPS := $(sort $(foreach f,$(wildcard $(SUITE_DIR)/*_*.c),$(firstword $(subst _, ,$(notdir $f)))))
SUITE_SHARED := $(foreach f,$(wildcard $(SUITE_DIR)/*.c $(SUITE_DIR)/*.asm),$(if $(findstring _,$(notdir $f)),,$f))
SUITE_GUESTS := $(SUITE_GROUPS:%=$(B)/guests/suite-%.elf)

suite_objects = $(patsubst tests/guest/%,$(B)/guests/%.o,$(sort $(SUITE_SHARED) $(wildcard $(SUITE_DIR)/$1_*.c $(SUITE_DIR)/$1_*.asm)))

guests: $(SUITE_GUESTS)

$(B)/guests/suite/%.c.o: $(SUITE_DIR)/%.c
	@mkdir -p $(@D)
	$(CC) $(GUEST_FLAGS) -fno-toplevel-reorder -c $< -o $@

$(B)/guests/suite/%.asm.o: $(SUITE_DIR)/%.asm
	@mkdir -p $(@D)
	$(NASM) -f elf32 -g -F dwarf $< -o $@

define suite_guest
$(B)/guests/suite-$1.elf: $(B)/guests/start.o $(B)/guests/lib.o $(call suite_objects,$1) tests/guest/guest.ld
	$(CC) -m32 -nostdlib -static -no-pie -Wl,-T,tests/guest/guest.ld -Wl,--build-id=none \
		-Wl,-z,noexecstack $$(filter %.o,$$^) -o $$@
endef
$(foreach group,$(SUITE_GROUPS),$(eval $(call suite_guest,$(group))))

.PRECIOUS: $(B)/guests/%.o
-include $(wildcard $(B)/guests/*.d $(B)/guests/suite/*.d)
