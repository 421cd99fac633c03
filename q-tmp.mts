import { launchBrowser } from './test/harness/launch-browser.ts';
import { preview } from 'vite';
const b=await launchBrowser('chrome');
for (const name of process.argv.slice(2)) {
const s=await preview({root:'/tmp/e/apps/'+name,configFile:false,build:{outDir:'dist'},preview:{host:'127.0.0.1',port:0},logLevel:'error'});
const p=await b.newPage(); const t=Date.now(); const say=(...m:unknown[])=>console.log(((Date.now()-t)/1000).toFixed(1),...m);
p.on('console',m=>say(m.type(),m.text())); p.on('pageerror',e=>say(String(e)));p.on('requestfailed',r=>say('failed',r.url()));p.on('requestfinished',r=>say(r.url().slice(-40)));
await p.goto(s.resolvedUrls!.local[0]);
for(let i=0;i<100;i++){const o=await p.$eval('output',o=>o.textContent);if(o!=='Opening the GPU ...'){say(o);if(i>3)break;}await new Promise(r=>setTimeout(r,1000));}
say('end',await p.$eval('output',o=>o.textContent));await p.screenshot({path:'/tmp/e/'+name+'.png'});await p.close();await s.close();}
await b.close();process.exit(0);
