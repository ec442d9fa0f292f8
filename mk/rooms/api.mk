# SPDX-License-Identifier: Apache-2.0
# Files that are embedded into the server: the schema's migrations and the description of the REST API.
MIGRATIONS := $(sort $(wildcard db/migrations/*.sql))

$(B)/gen/migrations.h: db/embed $(MIGRATIONS)
	@mkdir -p $(@D)
	$(call say,EMBED,db/migrations)
	$(Q)db/embed migrations $(MIGRATIONS) >$@.tmp && mv $@.tmp $@
$(call obj,server/store/migrate.c) $(call asan,server/store/migrate.c): $(B)/gen/migrations.h

$(B)/gen/openapi.h: db/embed server/api/openapi.json
	@mkdir -p $(@D)
	$(call say,EMBED,server/api/openapi.json)
	$(Q)db/embed text openapi_text server/api/openapi.json >$@.tmp && mv $@.tmp $@
$(call obj,server/api/openapi.c) $(call asan,server/api/openapi.c): $(B)/gen/openapi.h
