# Thin on purpose: the logic is in infra/local/guildhall_local, one module per job.
#
#   make run                    build, start the local cloud, load examples/company, remind, show what happened
#   make run COMPANY=path/      the same with your own CSV files          (PORT= chooses another port)
#   make up · make down         the same detached; .local/stack.json says where everything is
#   make token ROLE=manager     a fresh access token for the stack that is up
#   make test · make lint       everything that needs only Rust, Python and make
#   make test-pages             pages and mails in a browser (needs chromium)
#   make deploy                 to an AWS account, see docs/operations.md

PYTHON ?= python3
ROLE ?= program-admin
GUILDHALL = PYTHONPATH=infra/local $(PYTHON) -m guildhall_local

.DEFAULT_GOAL := help
.PHONY: help run up down token test test-pages lint fmt bench package deploy redrive check-workbench

help:
	@sed -n 's/^#   //p' Makefile

run up:
	@$(GUILDHALL) $@ $(if $(COMPANY),--company "$(COMPANY)") $(if $(PORT),--port "$(PORT)")

down test test-pages lint bench package check-workbench:
	@$(GUILDHALL) $@

token:
	@$(GUILDHALL) token $(ROLE)

fmt:
	@$(GUILDHALL) format

deploy:
	@$(GUILDHALL) deploy $(OPTIONS)

redrive:
	@$(GUILDHALL) redrive $(if $(STACK),--stack $(STACK))
