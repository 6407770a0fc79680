# Gatehouse: Node, production dependencies, the built server. Nothing else.
#   docker build -t gatehouse .
#
# Node's LTS line on Debian: argon2 and bcrypt bring prebuilt binaries for glibc (and musl), so no
# compiler is needed, and glibc is what nodejs.org itself builds and tests. For a reproducible build
# pin the digest: --build-arg NODE=24-bookworm-slim@sha256:…
ARG NODE=24-bookworm-slim

FROM node:${NODE} AS base
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The server needs this workspace alone: with the client's, its optional peers (React, Apollo Client) would be installed.
COPY packages/subgraph/package.json packages/subgraph/

# --ignore-scripts: downloaded packages run no code while the image is built. In particular, the script of
# the devDependency `node` would fetch a second Node; the image has one.
FROM base AS dependencies
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts
# Without a prebuilt binary for this platform, fail here and not at the first login.
RUN node -e "require('argon2'); require('bcrypt')"

FROM base AS build
COPY packages/client/package.json packages/client/
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts
COPY . .
RUN node scripts/build.ts

FROM node:${NODE} AS runtime
# The server installs nothing: without a package manager an intruder has less to work with.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn* /opt/yarn* \
    && install -d -o 10001 -g 10001 -m 700 /data
WORKDIR /app
# Everything in /app belongs to root: the server cannot rewrite itself, and runs on a read-only root.
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# node_modules/gatehouse-subgraph is a link to this workspace.
COPY --from=build /app/packages/subgraph/package.json ./packages/subgraph/
COPY --from=build /app/packages/subgraph/dist ./packages/subgraph/dist
COPY package.json LICENSE ./

# Only used with ALLOW_EMBEDDED=true (one container, no PostgreSQL): mount a volume on /data then.
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=4000 \
    DATA_DIR=/data

# Numeric, so that Kubernetes' runAsNonRoot can check it.
USER 10001:10001
EXPOSE 4000

# Liveness only. The balancer checks readiness (/health/ready): a replica whose PostgreSQL is unavailable
# must not be killed for it.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/live`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]

ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Gatehouse" \
      org.opencontainers.image.description="A GraphQL auth gateway: sign-in, rotation, rules and revocation in one server" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# PID 1 is node itself, no shell in between: it gets SIGTERM, drains and exits 0.
CMD ["node", "dist/main.js"]
