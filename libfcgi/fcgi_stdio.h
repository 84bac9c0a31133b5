/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The FCGI interface: a CGI program's stdio calls, redirected to FastCGI
 * requests.
 *
 *   #include "fcgi_stdio.h"
 *   int main(void)
 *   {
 *       while (FCGI_Accept() >= 0)
 *           printf("Content-Type: text/plain\r\n\r\nhello\n");
 *       return 0;
 *   }
 *
 * Include this header after all others: the names of <stdio.h> become macros.
 * Define NO_FCGI_DEFINES before to have the FCGI_ functions without the
 * macros.  Include fcgi_config.h before to have FCGI_fgetpos, FCGI_fsetpos.
 *
 * Started as a plain CGI program (no listening socket at descriptor 0), the
 * same program answers its one request: FCGI_Accept succeeds once, and the
 * streams are those of the C library.
 *
 * A FCGI_FILE is one of the request's three streams or a file of the C
 * library; each function does with the latter what its namesake of <stdio.h>
 * does.  On a request's stream the differences are those told below.  On a
 * closed stream, or one that has no request, calls fail with EBADF; but
 * FCGI_stderr is the process's own standard error outside requests.
 *
 * For programs of one thread.
 */
#ifndef _FCGI_STDIO
#define _FCGI_STDIO 1

#include <stdio.h>
#include <sys/types.h>
#include <wchar.h>

#include "fcgiapp.h"

#if defined(__cplusplus)
extern "C" {
#endif

#if defined(__GNUC__)
#define FCGI_PRINTF_LIKE(format, first)                                        \
    __attribute__((__format__(__printf__, format, first)))
#define FCGI_SCANF_LIKE(format, first)                                         \
    __attribute__((__format__(__scanf__, format, first)))
#else
#define FCGI_PRINTF_LIKE(format, first)
#define FCGI_SCANF_LIKE(format, first)
#endif

/* At most one of the two is set. */
typedef struct {
    FILE *stdio_stream;
    FCGX_Stream *fcgx_stream;
} FCGI_FILE;

/* Standard input, output and error.  Size and order are part of the ABI. */
DLLAPI extern FCGI_FILE _fcgi_sF[];

#define FCGI_stdin (&_fcgi_sF[0])
#define FCGI_stdout (&_fcgi_sF[1])
#define FCGI_stderr (&_fcgi_sF[2])

#define FCGI_ToFILE(fcgi_file) ((fcgi_file)->stdio_stream)
#define FCGI_ToFcgiStream(fcgi_file) ((fcgi_file)->fcgx_stream)

/* --- Requests ----------------------------------------------------------- */

/*
 * Finishes the request at hand, if any, and waits for the next one.  Then the
 * three streams and environ(7) are the request's; nothing of the process's
 * own environment is left, until FCGI_Finish.  Registers FCGI_Finish with
 * atexit(3), so that exit(3) in a request completes the answer.
 * Returns 0, or < 0 when the program is to leave.
 */
DLLAPI int FCGI_Accept(void);

/*
 * Completes the answer, and brings back the process's own environment.  In a
 * CGI program it flushes standard output.
 */
DLLAPI void FCGI_Finish(void);

/* As FCGX_StartFilterData.  Returns 0, or -1. */
DLLAPI int FCGI_StartFilterData(void);

/* Sets the exit status that the web server is told of this request: 0 unless
 * set.  Nothing in a CGI program: use exit(3). */
DLLAPI void FCGI_SetExitStatus(int status);

/* --- Files -------------------------------------------------------------- */

/* With the addition of a newline, to FCGI_stderr. */
DLLAPI void FCGI_perror(const char *str);

DLLAPI FCGI_FILE *FCGI_fopen(const char *path, const char *mode);
DLLAPI int FCGI_fclose(FCGI_FILE *fp);

/* NULL: all that is open for output, the request's streams included. */
DLLAPI int FCGI_fflush(FCGI_FILE *fp);
DLLAPI FCGI_FILE *FCGI_freopen(const char *path, const char *mode,
                               FCGI_FILE *fp);

/* Nothing on a request's stream, which has a buffer of its own; FCGI_setvbuf
 * then returns -1. */
DLLAPI int FCGI_setvbuf(FCGI_FILE *fp, char *buf, int bufmode, size_t size);
DLLAPI void FCGI_setbuf(FCGI_FILE *fp, char *buf);

/* ESPIPE on a request's stream. */
DLLAPI int FCGI_fseek(FCGI_FILE *fp, long offset, int whence);
DLLAPI long FCGI_ftell(FCGI_FILE *fp);
DLLAPI void FCGI_rewind(FCGI_FILE *fp);
#ifdef HAVE_FPOS
DLLAPI int FCGI_fgetpos(FCGI_FILE *fp, fpos_t *pos);
DLLAPI int FCGI_fsetpos(FCGI_FILE *fp, const fpos_t *pos);
#endif

/* --- Reading ------------------------------------------------------------ */

DLLAPI int FCGI_fgetc(FCGI_FILE *fp);
DLLAPI int FCGI_getchar(void);
DLLAPI int FCGI_ungetc(int c, FCGI_FILE *fp);
DLLAPI char *FCGI_fgets(char *str, int size, FCGI_FILE *fp);

/* Reads a line of any length into str: not for input of others. */
DLLAPI char *FCGI_gets(char *str);
DLLAPI size_t FCGI_fread(void *ptr, size_t size, size_t nmemb, FCGI_FILE *fp);

/* --- Writing ------------------------------------------------------------ */

DLLAPI int FCGI_fputc(int c, FCGI_FILE *fp);
DLLAPI int FCGI_putchar(int c);
DLLAPI int FCGI_fputs(const char *str, FCGI_FILE *fp);
DLLAPI int FCGI_puts(const char *str);
DLLAPI int FCGI_fprintf(FCGI_FILE *fp, const char *format, ...)
    FCGI_PRINTF_LIKE(2, 3);
DLLAPI int FCGI_printf(const char *format, ...) FCGI_PRINTF_LIKE(1, 2);
DLLAPI int FCGI_vfprintf(FCGI_FILE *fp, const char *format, va_list ap)
    FCGI_PRINTF_LIKE(2, 0);
DLLAPI int FCGI_vprintf(const char *format, va_list ap) FCGI_PRINTF_LIKE(1, 0);
DLLAPI size_t FCGI_fwrite(const void *ptr, size_t size, size_t nmemb,
                          FCGI_FILE *fp);

/* --- State -------------------------------------------------------------- */

DLLAPI int FCGI_feof(FCGI_FILE *fp);

/* On a request's stream, the value of FCGX_GetError. */
DLLAPI int FCGI_ferror(FCGI_FILE *fp);
DLLAPI void FCGI_clearerr(FCGI_FILE *fp);

/* -1 on a request's stream. */
DLLAPI int FCGI_fileno(FCGI_FILE *fp);

/* --- Other files -------------------------------------------------------- */

DLLAPI FCGI_FILE *FCGI_tmpfile(void);
DLLAPI FCGI_FILE *FCGI_fdopen(int fd, const char *mode);
DLLAPI FCGI_FILE *FCGI_popen(const char *cmd, const char *type);
DLLAPI int FCGI_pclose(FCGI_FILE *fp);

/* --- Beyond the devkit: not in its libfcgi.so.0 -------------------------- */

/* A memory stream is a file like another; see fmemopen(3). */
DLLAPI FCGI_FILE *FCGI_fmemopen(void *buf, size_t size, const char *mode);
DLLAPI FCGI_FILE *FCGI_open_memstream(char **buf, size_t *size);

DLLAPI int FCGI_scanf(const char *format, ...) FCGI_SCANF_LIKE(1, 2);
DLLAPI int FCGI_fscanf(FCGI_FILE *fp, const char *format, ...)
    FCGI_SCANF_LIKE(2, 3);
DLLAPI int FCGI_vscanf(const char *format, va_list ap) FCGI_SCANF_LIKE(1, 0);
DLLAPI int FCGI_vfscanf(FCGI_FILE *fp, const char *format, va_list ap)
    FCGI_SCANF_LIKE(2, 0);

DLLAPI ssize_t FCGI_getline(char **line, size_t *size, FCGI_FILE *fp);
DLLAPI ssize_t FCGI_getdelim(char **line, size_t *size, int delimiter,
                             FCGI_FILE *fp);

/* In a request, 1 and 2 are its output and errors, and this sends at once. */
DLLAPI int FCGI_dprintf(int fd, const char *format, ...)
    FCGI_PRINTF_LIKE(2, 3);
DLLAPI int FCGI_vdprintf(int fd, const char *format, va_list ap)
    FCGI_PRINTF_LIKE(2, 0);

DLLAPI int FCGI_fseeko(FCGI_FILE *fp, long long offset, int whence);
DLLAPI long long FCGI_ftello(FCGI_FILE *fp);

DLLAPI void FCGI_setbuffer(FCGI_FILE *fp, char *buf, size_t size);
DLLAPI void FCGI_setlinebuf(FCGI_FILE *fp);

/*
 * Wide characters; on a request's stream, to and from the bytes of the locale
 * without shift states, and mixed with other calls at will.  EILSEQ at what
 * is no character.
 */
DLLAPI wint_t FCGI_fputwc(wchar_t c, FCGI_FILE *fp);
DLLAPI wint_t FCGI_putwchar(wchar_t c);
DLLAPI int FCGI_fputws(const wchar_t *str, FCGI_FILE *fp);
DLLAPI int FCGI_fwprintf(FCGI_FILE *fp, const wchar_t *format, ...);
DLLAPI int FCGI_wprintf(const wchar_t *format, ...);
DLLAPI int FCGI_vfwprintf(FCGI_FILE *fp, const wchar_t *format, va_list ap);
DLLAPI int FCGI_vwprintf(const wchar_t *format, va_list ap);
DLLAPI wint_t FCGI_fgetwc(FCGI_FILE *fp);
DLLAPI wint_t FCGI_getwchar(void);
DLLAPI wchar_t *FCGI_fgetws(wchar_t *str, int size, FCGI_FILE *fp);

/* 0 on a request's stream, which takes both kinds. */
DLLAPI int FCGI_fwide(FCGI_FILE *fp, int mode);

/* Nothing on a request's stream. */
DLLAPI void FCGI_flockfile(FCGI_FILE *fp);
DLLAPI int FCGI_ftrylockfile(FCGI_FILE *fp);
DLLAPI void FCGI_funlockfile(FCGI_FILE *fp);

#if defined(__cplusplus)
}
#endif

#ifndef NO_FCGI_DEFINES

#undef FILE
#define FILE FCGI_FILE
#undef stdin
#define stdin FCGI_stdin
#undef stdout
#define stdout FCGI_stdout
#undef stderr
#define stderr FCGI_stderr
#undef perror
#define perror FCGI_perror
#undef fopen
#define fopen FCGI_fopen
#undef fclose
#define fclose FCGI_fclose
#undef fflush
#define fflush FCGI_fflush
#undef freopen
#define freopen FCGI_freopen
#undef setvbuf
#define setvbuf FCGI_setvbuf
#undef setbuf
#define setbuf FCGI_setbuf
#undef fseek
#define fseek FCGI_fseek
#undef ftell
#define ftell FCGI_ftell
#undef rewind
#define rewind FCGI_rewind
#undef fgetpos
#define fgetpos FCGI_fgetpos
#undef fsetpos
#define fsetpos FCGI_fsetpos
#undef fgetc
#define fgetc FCGI_fgetc
#undef getc
#define getc FCGI_fgetc
#undef getchar
#define getchar FCGI_getchar
#undef ungetc
#define ungetc FCGI_ungetc
#undef fgets
#define fgets FCGI_fgets
#undef gets
#define gets FCGI_gets
#undef fputc
#define fputc FCGI_fputc
#undef putc
#define putc FCGI_fputc
#undef putchar
#define putchar FCGI_putchar
#undef fputs
#define fputs FCGI_fputs
#undef puts
#define puts FCGI_puts
#undef fprintf
#define fprintf FCGI_fprintf
#undef printf
#define printf FCGI_printf
#undef vfprintf
#define vfprintf FCGI_vfprintf
#undef vprintf
#define vprintf FCGI_vprintf
#undef fread
#define fread FCGI_fread
#undef fwrite
#define fwrite FCGI_fwrite
#undef feof
#define feof FCGI_feof
#undef ferror
#define ferror FCGI_ferror
#undef clearerr
#define clearerr FCGI_clearerr
#undef tmpfile
#define tmpfile FCGI_tmpfile
#undef fileno
#define fileno FCGI_fileno
#undef fdopen
#define fdopen FCGI_fdopen
#undef popen
#define popen FCGI_popen
#undef pclose
#define pclose FCGI_pclose

/* Beyond the devkit. */
#undef fmemopen
#define fmemopen FCGI_fmemopen
#undef open_memstream
#define open_memstream FCGI_open_memstream
#undef scanf
#define scanf FCGI_scanf
#undef fscanf
#define fscanf FCGI_fscanf
#undef vscanf
#define vscanf FCGI_vscanf
#undef vfscanf
#define vfscanf FCGI_vfscanf
#undef dprintf
#define dprintf FCGI_dprintf
#undef vdprintf
#define vdprintf FCGI_vdprintf
#undef fseeko
#define fseeko FCGI_fseeko
#undef ftello
#define ftello FCGI_ftello
#undef setbuffer
#define setbuffer FCGI_setbuffer
#undef setlinebuf
#define setlinebuf FCGI_setlinebuf
#undef flockfile
#define flockfile FCGI_flockfile
#undef ftrylockfile
#define ftrylockfile FCGI_ftrylockfile
#undef funlockfile
#define funlockfile FCGI_funlockfile
#undef fopen64
#define fopen64 FCGI_fopen
#undef freopen64
#define freopen64 FCGI_freopen
#undef tmpfile64
#define tmpfile64 FCGI_tmpfile
#undef fseeko64
#define fseeko64 FCGI_fseeko
#undef ftello64
#define ftello64 FCGI_ftello
#undef getc_unlocked
#define getc_unlocked FCGI_fgetc
#undef getchar_unlocked
#define getchar_unlocked FCGI_getchar
#undef putc_unlocked
#define putc_unlocked FCGI_fputc
#undef putchar_unlocked
#define putchar_unlocked FCGI_putchar
#undef fgetc_unlocked
#define fgetc_unlocked FCGI_fgetc
#undef fputc_unlocked
#define fputc_unlocked FCGI_fputc
#undef fgets_unlocked
#define fgets_unlocked FCGI_fgets
#undef fputs_unlocked
#define fputs_unlocked FCGI_fputs
#undef fread_unlocked
#define fread_unlocked FCGI_fread
#undef fwrite_unlocked
#define fwrite_unlocked FCGI_fwrite
#undef fflush_unlocked
#define fflush_unlocked FCGI_fflush
#undef feof_unlocked
#define feof_unlocked FCGI_feof
#undef ferror_unlocked
#define ferror_unlocked FCGI_ferror
#undef clearerr_unlocked
#define clearerr_unlocked FCGI_clearerr
#undef fileno_unlocked
#define fileno_unlocked FCGI_fileno
#undef fputwc
#define fputwc FCGI_fputwc
#undef putwc
#define putwc FCGI_fputwc
#undef putwchar
#define putwchar FCGI_putwchar
#undef fputws
#define fputws FCGI_fputws
#undef fwprintf
#define fwprintf FCGI_fwprintf
#undef wprintf
#define wprintf FCGI_wprintf
#undef vfwprintf
#define vfwprintf FCGI_vfwprintf
#undef vwprintf
#define vwprintf FCGI_vwprintf
#undef fgetwc
#define fgetwc FCGI_fgetwc
#undef getwc
#define getwc FCGI_fgetwc
#undef getwchar
#define getwchar FCGI_getwchar
#undef fgetws
#define fgetws FCGI_fgetws
#undef fwide
#define fwide FCGI_fwide
#undef fputwc_unlocked
#define fputwc_unlocked FCGI_fputwc
#undef putwc_unlocked
#define putwc_unlocked FCGI_fputwc
#undef putwchar_unlocked
#define putwchar_unlocked FCGI_putwchar
#undef fputws_unlocked
#define fputws_unlocked FCGI_fputws
#undef fgetwc_unlocked
#define fgetwc_unlocked FCGI_fgetwc
#undef getwc_unlocked
#define getwc_unlocked FCGI_fgetwc
#undef getwchar_unlocked
#define getwchar_unlocked FCGI_getwchar
#undef fgetws_unlocked
#define fgetws_unlocked FCGI_fgetws
#if !defined(__cplusplus) /* where it is the name of a member too */
#undef getline
#define getline FCGI_getline
#undef getdelim
#define getdelim FCGI_getdelim
#endif

#endif /* NO_FCGI_DEFINES */

#endif /* _FCGI_STDIO */
