# The product with what it needs to run and nothing else. `docker build -t tollgate .`
FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY . .
RUN npm ci --no-audit --no-fund --ignore-scripts
RUN npm run build
RUN npm prune --omit=dev --no-audit --no-fund --ignore-scripts

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
WORKDIR /app
COPY --from=build /build/package.json ./
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/packages/embedded-mongo/package.json ./packages/embedded-mongo/
COPY --from=build /build/packages/embedded-mongo/dist ./packages/embedded-mongo/dist
COPY --from=build /build/packages/client/package.json ./packages/client/
COPY --from=build /build/packages/client/dist ./packages/client/dist
COPY --from=build /build/dist ./dist
RUN mkdir /data && chown node:node /data
# Nothing but /data is written to: run it with --read-only.
VOLUME /data
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health/live').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# As `npm start`, without npm in between, which would keep signals from it.
CMD ["node", "--enable-source-maps", "--min-semi-space-size=16", "--no-memory-reducer", "--heap-growing-percent=100", "dist/main.js"]
