/*
 * sysfuncs.h: SQL functions over the catalogs (manual: System Information Functions, Sequence
 * Manipulation Functions, Database Object Size Functions). Layer: executor.
 */
#ifndef EXECUTOR_SYSFUNCS_H
#define EXECUTOR_SYSFUNCS_H

/* Registers their code (fn_register). Once, before the first worker runs. */
void sysfuncs_register(void);

#endif
