# The verbs of the house. `make` alone prints them.
SHELL := bash
.DEFAULT_GOAL := help
.PHONY: help run dist test soak lab check bench score doc fmt clean-demo

help: ## print this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

run: ## build, make a demonstration hospital, assess it, say where the documents are
	@bash scripts/run.sh

dist: ## build the binary to hand out: trained on simulated traffic, up to 15 % faster; say where it is
	@bash scripts/dist.sh

test: ## install what the tests need and run them all
	@bash scripts/test.sh

lab: ## play real peers in network namespaces (as root); RECORD=DIR keeps captures, ONLY=NAME plays one
	@bash scripts/lab.sh

soak: ## fuzz every target for an hour in total (SOAK_SECONDS=…), print executions and coverage
	@bash scripts/soak.sh

check: ## everything a change must pass: tests, formatting, lints, arrows, licences, documentation
	@bash .ci/run

bench: ## measure the packet path against ndpiReader and tshark, and two assessments
	@bash benches/bench.sh

score: ## identify every source of truth and print how right it was; SCORE="--only WORD --brief" for less
	@bash scripts/score.sh $(SCORE)

doc: ## build the API documentation and the book
	@bash scripts/doc.sh

fmt: ## format the sources
	@cargo fmt --all

clean-demo: ## remove what `make run` made
	@rm -rf demo
