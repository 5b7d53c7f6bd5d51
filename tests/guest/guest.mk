# SPDX-License-Identifier: Apache-2.0
# Small guests of our own: 32-bit Multiboot 1 kernels. The Makefile includes this behind its own
# variables: B, CC, NASM and WARN are needed.

GUEST_FLAGS := -m32 -std=gnu11 -O2 -g $(WARN) -I. -ffreestanding -fno-pic -fno-pie \
               -mgeneral-regs-only -fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none -MMD -MP
GUESTS      := $(B)/guests/heartbeat.elf $(B)/guests/bench.elf $(B)/guests/talker.elf $(B)/guests/latency.elf

.PHONY: guests
guests: $(GUESTS)

$(B)/guests/%.o: tests/guest/%.c
	@mkdir -p $(@D)
	$(CC) $(GUEST_FLAGS) -c $< -o $@

$(B)/guests/start.o: tests/guest/start.asm
	@mkdir -p $(@D)
	$(NASM) -f elf32 -g -F dwarf $< -o $@

$(B)/guests/%-asm.o: tests/guest/%.asm
	@mkdir -p $(@D)
	$(NASM) -f elf32 -g -F dwarf $< -o $@

$(B)/guests/%.elf: $(B)/guests/start.o $(B)/guests/lib.o $(B)/guests/%.o tests/guest/guest.ld
	$(CC) -m32 -nostdlib -static -no-pie -Wl,-T,tests/guest/guest.ld -Wl,--build-id=none \
		-Wl,-z,noexecstack $(filter %.o,$^) -o $@

SECOND := $(B)/guests/second.o $(B)/guests/second-asm.o
$(B)/guests/bench.elf: $(B)/guests/figure.o
$(B)/guests/heartbeat.elf: $(B)/guests/clean.o $(B)/guests/apic.o $(SECOND)
$(B)/guests/latency.elf: $(B)/guests/figure.o $(B)/guests/apic.o $(SECOND)

.PRECIOUS: $(B)/guests/%.o
-include $(wildcard $(B)/guests/*.d)
