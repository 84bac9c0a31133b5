#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Rewrites the old names of directives in httpd's configuration files:
#
#     sh convert.sh FILE...       in place; the file as it was stays as FILE.bak
#     sh convert.sh < OLD > NEW
#
# Only the names change, where they begin a line; comments stay. Done twice it
# changes nothing more. What mod_fastcgi's FastCgiServer and its kin say in
# options is not touched: these names go on working.
set -eu

names='
BusyScanInterval FcgidBusyScanInterval
BusyTimeout FcgidBusyTimeout
DefaultInitEnv FcgidInitialEnv
DefaultMaxClassProcessCount FcgidMaxProcessesPerClass
DefaultMinClassProcessCount FcgidMinProcessesPerClass
ErrorScanInterval FcgidErrorScanInterval
FastCgiAccessChecker FcgidAccessChecker
FastCgiAccessCheckerAuthoritative FcgidAccessCheckerAuthoritative
FastCgiAuthenticator FcgidAuthenticator
FastCgiAuthenticatorAuthoritative FcgidAuthenticatorAuthoritative
FastCgiAuthorizer FcgidAuthorizer
FastCgiAuthorizerAuthoritative FcgidAuthorizerAuthoritative
FastCgiIpcDir FcgidIPCDir
FCGIWrapper FcgidWrapper
IdleScanInterval FcgidIdleScanInterval
IdleTimeout FcgidIdleTimeout
IPCCommTimeout FcgidIOTimeout
IPCConnectTimeout FcgidConnectTimeout
MaxProcessCount FcgidMaxProcesses
MaxRequestInMem FcgidMaxRequestInMem
MaxRequestLen FcgidMaxRequestLen
MaxRequestsPerProcess FcgidMaxRequestsPerProcess
OutputBufferSize FcgidOutputBufferSize
PassHeader FcgidPassHeader
PHP_Fix_Pathinfo_Enable FcgidFixPathinfo
ProcessLifeTime FcgidProcessLifeTime
SharememPath FcgidProcessTableFile
SocketPath FcgidIPCDir
SpawnScore FcgidSpawnScore
SpawnScoreUpLimit FcgidSpawnScoreUpLimit
TerminationScore FcgidTerminationScore
TimeScore FcgidTimeScore
ZombieScanInterval FcgidZombieScanInterval
AppClass FastCgiServer
ExternalAppClass FastCgiExternalServer
FastCgiSuexec FastCgiWrapper
FCGIConfig FastCgiConfig
'

# httpd takes names in any case.
convert()
{
	NAMES=$names awk '
	BEGIN {
		n = split(ENVIRON["NAMES"], word)
		for (i = 1; i < n; i += 2)
			now[tolower(word[i])] = word[i + 1]
	}
	{
		match($0, /^[ \t]*/)
		blank = substr($0, 1, RLENGTH)
		rest = substr($0, RLENGTH + 1)
		match(rest, /^[A-Za-z0-9_]*/)
		name = tolower(substr(rest, 1, RLENGTH))
		after = substr(rest, RLENGTH + 1)
		if (name in now && !continued && (after == "" || after ~ /^[ \t\\]/))
			print blank now[name] after
		else
			print
		continued = $0 ~ /\\$/
	}'
}

if [ $# -eq 0 ]; then
	convert
	exit
fi
case $1 in
-*)
	echo 'usage: sh convert.sh FILE...  or: sh convert.sh < OLD > NEW' >&2
	[ "$1" = --help ]
	exit
	;;
esac
for file in "$@"; do
	# mods-enabled/ holds links: what they lead to is rewritten.
	[ ! -L "$file" ] || file=$(readlink -f -- "$file")
	new=$file.new.$$
	trap 'rm -f "$new"' EXIT
	cp -p "$file" "$new"
	convert < "$file" > "$new"
	if cmp -s "$file" "$new"; then
		rm -f "$new"
	else
		cp -p "$file" "$file.bak"
		mv "$new" "$file"
		echo "$file: converted, $file.bak is as it was"
	fi
done
