/* SPDX-License-Identifier: Apache-2.0 */
/* task_tss.c: task-state segments as bytes. */
#include "kernel/task_tss.h"

/* Offsets. Registers and segments follow each other. */
enum {
	TSS_32_CR3 = 28,
	TSS_32_EIP = 32,
	TSS_32_EFLAGS = 36,
	TSS_32_EAX = 40,
	TSS_32_ES = 72,
	TSS_32_LDT = 96,
	TSS_32_TRAP = 100,
	TSS_16_IP = 14,
	TSS_16_FLAGS = 16,
	TSS_16_AX = 18,
	TSS_16_ES = 34,
	TSS_16_LDT = 42,
	SEGMENTS_16 = 4,
};

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

static uint32_t get32(const uint8_t *at)
{
	return get16(at) | (uint32_t)get16(at + 2) << 16;
}

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, (uint16_t)value);
	put16(at + 2, (uint16_t)(value >> 16));
}

static void save_16(const struct task_tss *tss, uint8_t *image)
{
	put16(image + TSS_16_IP, (uint16_t)tss->eip);
	put16(image + TSS_16_FLAGS, (uint16_t)tss->eflags);
	for (size_t i = 0; i < TASK_REGISTERS; i++) {
		put16(image + TSS_16_AX + 2 * i, (uint16_t)tss->registers[i]);
	}
	for (size_t i = 0; i < SEGMENTS_16; i++) {
		put16(image + TSS_16_ES + 2 * i, tss->segments[i]);
	}
}

void task_tss_save(const struct task_tss *tss, bool is_32, uint8_t *image)
{
	if (!is_32) {
		save_16(tss, image);
		return;
	}
	put32(image + TSS_32_EIP, tss->eip);
	put32(image + TSS_32_EFLAGS, tss->eflags);
	for (size_t i = 0; i < TASK_REGISTERS; i++) {
		put32(image + TSS_32_EAX + 4 * i, tss->registers[i]);
	}
	/* Two bytes each: the other two are reserved. */
	for (size_t i = 0; i < TASK_SEGMENTS; i++) {
		put16(image + TSS_32_ES + 4 * i, tss->segments[i]);
	}
}

static void load_16(struct task_tss *tss, const uint8_t *image)
{
	*tss = (struct task_tss){
		.eip = get16(image + TSS_16_IP),
		.eflags = get16(image + TSS_16_FLAGS),
		.ldt = get16(image + TSS_16_LDT),
	};
	for (size_t i = 0; i < TASK_REGISTERS; i++) {
		tss->registers[i] = 0xFFFF0000 | get16(image + TSS_16_AX + 2 * i);
	}
	for (size_t i = 0; i < SEGMENTS_16; i++) {
		tss->segments[i] = get16(image + TSS_16_ES + 2 * i);
	}
}

void task_tss_load(struct task_tss *tss, bool is_32, const uint8_t *image)
{
	if (!is_32) {
		load_16(tss, image);
		return;
	}
	*tss = (struct task_tss){
		.cr3 = get32(image + TSS_32_CR3),
		.eip = get32(image + TSS_32_EIP),
		.eflags = get32(image + TSS_32_EFLAGS),
		.ldt = get16(image + TSS_32_LDT),
		.trap = (image[TSS_32_TRAP] & 1) != 0,
	};
	for (size_t i = 0; i < TASK_REGISTERS; i++) {
		tss->registers[i] = get32(image + TSS_32_EAX + 4 * i);
	}
	for (size_t i = 0; i < TASK_SEGMENTS; i++) {
		tss->segments[i] = get16(image + TSS_32_ES + 4 * i);
	}
}
