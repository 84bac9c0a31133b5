# SPDX-License-Identifier: BSD-2-Clause
dist_man_MANS += \
	%D%/FCGI_Accept.3 \
	%D%/FCGI_Finish.3 \
	%D%/FCGI_SetExitStatus.3 \
	%D%/FCGI_StartFilterData.3 \
	%D%/FCGX_AcceptTimed_r.3 \
	%D%/FCGX_Accept_r.3 \
	%D%/FCGX_FClose.3 \
	%D%/FCGX_GetParam.3 \
	%D%/FCGX_GetStats.3 \
	%D%/FCGX_GetStr.3 \
	%D%/FCGX_Init.3 \
	%D%/FCGX_IsAborted.3 \
	%D%/FCGX_ListenFd.3 \
	%D%/FCGX_OpenSocket.3 \
	%D%/FCGX_Prefork.3 \
	%D%/FCGX_PutStr.3 \
	%D%/FCGX_Read.3 \
	%D%/FCGX_RunThreads.3 \
	%D%/FCGX_SetOption.3 \
	%D%/fcgi_stdio.3 \
	%D%/fcgio.3 \
	%D%/fcgirequest.3 \
	%D%/fcgios.3 \
	%D%/libfcgi.7

# Each function has a page of its name: NAME:PAGE, both of section 3.
man_links = \
	FCGX_Accept:FCGX_Accept_r \
	FCGX_Attach:FCGX_Accept_r \
	FCGX_Detach:FCGX_Accept_r \
	FCGX_Finish:FCGX_Accept_r \
	FCGX_Finish_r:FCGX_Accept_r \
	FCGX_Free:FCGX_Accept_r \
	FCGX_InitRequest:FCGX_Accept_r \
	FCGX_ClearError:FCGX_FClose \
	FCGX_CreateWriter:FCGX_FClose \
	FCGX_FreeStream:FCGX_FClose \
	FCGX_GetError:FCGX_FClose \
	FCGX_SetExitStatus:FCGX_GetParam \
	FCGX_StartFilterData:FCGX_GetParam \
	FCGX_GetChar:FCGX_GetStr \
	FCGX_GetLine:FCGX_GetStr \
	FCGX_HasSeenEOF:FCGX_GetStr \
	FCGX_UnGetChar:FCGX_GetStr \
	FCGX_IsCGI:FCGX_Init \
	FCGX_ShutdownPending:FCGX_Init \
	FCGX_FFlush:FCGX_PutStr \
	FCGX_FPrintF:FCGX_PutStr \
	FCGX_PutChar:FCGX_PutStr \
	FCGX_PutS:FCGX_PutStr \
	FCGX_VFPrintF:FCGX_PutStr \
	FCGX_Fd:FCGX_AcceptTimed_r \
	FCGX_SendFile:FCGX_Read \
	FCGX_WriteV:FCGX_Read \
	FCGX_GetOption:FCGX_SetOption \
	fcgi_istream:fcgio \
	fcgi_ostream:fcgio \
	fcgi_streambuf:fcgio

install_data_hooks += install-man-links
install-man-links:
	$(MKDIR_P) "$(DESTDIR)$(man3dir)"
	@for link in $(man_links); do \
		page="$(DESTDIR)$(man3dir)/$${link%:*}.3"; \
		echo ".so man3/$${link#*:}.3" >"$$page" && \
			chmod 644 "$$page" || exit; \
	done
uninstall_hooks += uninstall-man-links
uninstall-man-links:
	@for link in $(man_links); do \
		rm -f "$(DESTDIR)$(man3dir)/$${link%:*}.3"; \
	done
