/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log lines of the server: one event, one line on stderr, `2026-01-31T12:34:56.123456Z role level what key=value ...`.
 * Values with spaces or quotes are quoted and escaped, control characters never get through. Thread-safe.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* role: static string such as "gateway.0". */
void log_init(const char *role, enum log_level least);

/* what: static snake_case event name. Then pairs: const char *key, const char *value (NULL is written as "-"), ended by
 * NULL. Use log_u64 and log_hex to format values. */
void log_event(enum log_level level, const char *what, ...) __attribute__((sentinel));

/* Format into the caller's buffer and return it, for use as a value. */
const char *log_u64(char buf[24], unsigned long long v);
const char *log_i64(char buf[24], long long v);
const char *log_hex(char *buf, unsigned cap, const void *data, unsigned len);

#define log_error(...) log_event(LOG_LEVEL_ERROR, __VA_ARGS__, NULL)
#define log_warn(...)  log_event(LOG_LEVEL_WARN, __VA_ARGS__, NULL)
#define log_info(...)  log_event(LOG_LEVEL_INFO, __VA_ARGS__, NULL)
#define log_debug(...) log_event(LOG_LEVEL_DEBUG, __VA_ARGS__, NULL)

#endif
