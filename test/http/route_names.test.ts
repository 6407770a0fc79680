import { expect, it, describe } from '@jest/globals';
import express, { Router } from 'express';
import { createRouteOf } from '../../src/http/route_names.ts';

const nothing = () => undefined;

function routesOf(add: (router: Router) => void, pages: readonly string[] = []) {
  const app = express();
  const router = Router();
  add(router);
  app.use(router);
  return createRouteOf(app.router, pages);
}

describe('the name of a path', () => {
  it('exists for each route of a router, and for no other path', () => {
    const add = (router: Router) => {
      router.get(['/one', '/two'], nothing, nothing);
      router.post('/deep/three', nothing);
    };
    const routeOf = routesOf(add);
    expect(['/one', '/two', '/deep/three'].map(routeOf)).toEqual(['/one', '/two', '/deep/three']);
    for (const path of ['/', '/one/', '/ONE', '/one/more', '/deep', '/new', '']) expect(routeOf(path)).toBe('other');
    const grown = routesOf((router) => (add(router), router.get('/new', nothing)));
    expect(grown('/new')).toBe('/new');
  });

  it('is the same for all paths that a pattern matches', () => {
    const routeOf = routesOf((router) => {
      router.get('/files/*path', nothing);
      router.get('/users/:id/keys', nothing);
      router.get('/account{/*rest}', nothing);
    });
    expect(['/files/a', '/files/b/c', '/users/7/keys', '/account', '/account/x'].map(routeOf)).toEqual([
      '/files',
      '/files',
      '/users',
      '/account',
      '/account',
    ]);
    expect(routeOf('/accounts')).toBe('other');
  });

  it('is `page` for the paths that are listed as pages', () => {
    const pages = ['/', '/admin{/*rest}'];
    const routeOf = routesOf((router) => router.get([...pages, '/docs'], nothing), pages);
    expect(['/', '/admin', '/admin/users', '/docs'].map(routeOf)).toEqual(['page', 'page', 'page', '/docs']);
  });

  it('is the mount path of a middleware, and begins with the mount path of a router', () => {
    const inner = Router().get('/c', nothing);
    const routeOf = routesOf((router) => {
      router.use(nothing);
      router.use('/assets', nothing, nothing);
      router.use(['/a', '/b'], inner);
      router.use('/failed', (_error: unknown, _request: unknown, _response: unknown, _next: unknown) => undefined);
    });
    expect(['/assets', '/assets/x.js', '/a/c', '/b/c'].map(routeOf)).toEqual(['/assets', '/assets', '/a/c', '/b/c']);
    for (const path of ['/', '/a', '/c', '/failed', '/anything']) expect(routeOf(path)).toBe('other');
  });

  it('stops the start if the path cannot be read', () => {
    expect(() => routesOf((router) => router.get(/^\/a/, nothing))).toThrow('has no name for metrics');
    expect(() => routesOf((router) => router.use(/^\/a/, nothing))).toThrow('has no name for metrics');
  });
});
