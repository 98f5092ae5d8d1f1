import { test } from "vitest";
import { startRules } from "../src/models/grids/rule-run.js";
import { LightKey } from "../src/host/light-key.js";
const cpu=()=>process.cpuUsage().user/1000;
test("steady",()=>{
 const symbols=[..."-<>?BEQSX[]bo"]; const freq=[28000,60,60,50,20,200,60,800,4000,120,120,20,300];
 const sets:any={all:{adjacent:[{of:"<",right:">",below:"["},{of:">",left:"<",below:"]"},{of:"[",right:"]",above:"<[",below:"["+"X"},{of:"]",left:"[",above:">]",below:"]X"},{of:"B",below:"b"},{of:"b",above:"Bb"}],
   areas:[{rows:[0,1],symbols:"-"},{rows:[-1,-1],symbols:"X-[]"},{columns:[0,2],rows:[-1,-1],symbols:"X"}], counts:{"E":[5,20],"o":[10,60],"?Q":[4,12]}},
   };
 sets.adj={adjacent:sets.all.adjacent}; sets.counts={counts:sets.all.counts};
 for(const [name,rules] of Object.entries(sets)){ const start=startRules(rules as any,symbols,200,14);
  for(let i=0;i<6;i++){ const run=start.copy(); const r=LightKey.fromSeed(i).integers(2800,1<<24); const l=new Float32Array(13); const t=cpu();
   for(let x=0;x<200;x++)for(let y=0;y<14;y++){const c=y*200+x; l.fill(0); run.mask(c,l); let tot=0; for(let s=0;s<13;s++) if(l[s]===0) tot+=freq[s]; let u=r[c]/(1<<24)*tot,s=0; for(;;){ if(l[s]===0){ if(u<freq[s])break; u-=freq[s];} s++;} run.place(c,s);}
   console.log(name,i,(cpu()-t).toFixed(0),JSON.stringify((globalThis as any).stat));(globalThis as any).stat=undefined; } }
},200000);
