using System.Runtime.Versioning;
using Holotree.Spaces;
using Holotree.Tests.Staging;

namespace Holotree.Tests.RealTrees;

/// <summary>The bytecode of relocated sources is what the compiler would make of them at their new place.</summary>
[SupportedOSPlatform("linux")]
public sealed class CompiledModulesTests
{
    /// <summary>Constants of every kind that bytecode has, around the path of the folder they are in.</summary>
    const string Module = """
        '''The folder HERE.'''
        import os
        HOME = 'HERE'
        PATHS = ('HERE/bin', b'HERE/lib:HERE', 'HERE/' + 'x' * 10, 'other', 'größe HERE/ä')
        LONG = 'HERE/LONG'
        NUMBERS = (1, -1, 2 ** 70, 1.5, 2j, True, None, ..., 1e300)
        class Tool:
            '''Lives in HERE.'''
            home: 'HERE' = f"{HOME}:HERE/{os.sep}"
            def run(self, *names, where='HERE', **more):
                def inner():
                    nonlocal names
                    return names in {'HERE/a', 'HERE/b', b'c'}
                try:
                    return [lambda x=x: (x, self, 'HERE', inner()) for x in names if x not in {1, 2}]
                except (KeyError, ValueError) as error:
                    raise RuntimeError('HERE') from error
        async def stream(items):
            async for item in items:
                yield item[1:2], 'HERE'
        """;

    /// <summary>Compares each module's bytecode with its source compiled here: header, constants, code, all the way down.</summary>
    const string Compare = """
        import glob, importlib.util, marshal, os, struct, sys
        columns = ('co_linetable', 'co_lnotab', 'co_lines', 'co_positions', 'co_branches')     # of paths that got longer or shorter; for tracebacks only
        def parts(value):
            if isinstance(value, type(compare.__code__)):
                return [parts(getattr(value, name)) for name in sorted(dir(value)) if name.startswith('co_') and name not in columns]
            if isinstance(value, (tuple, list)): return [type(value).__name__] + [parts(item) for item in value]
            if isinstance(value, frozenset): return sorted(repr(parts(item)) for item in value)
            return repr(value)
        def compare(path):
            with open(importlib.util.cache_from_source(path), 'rb') as file: bytecode = file.read()
            with open(path, 'rb') as file: source = file.read()
            stat = os.stat(path)
            assert bytecode[:16] == importlib.util.MAGIC_NUMBER + struct.pack('<III', 0, int(stat.st_mtime), stat.st_size), (path, bytecode[:16])
            loaded, compiled = parts(marshal.loads(bytecode[16:])), parts(compile(source, path, 'exec', dont_inherit=True))
            assert loaded == compiled, (loaded, compiled)
            assert sys.argv[1] in str(loaded) and sys.argv[2] not in str(loaded)
        modules = glob.glob(sys.argv[1] + '/*.py')
        for module in modules: compare(module)
        print(len(modules))
        """;

    [Theory]
    [InlineData("copied")]
    [InlineData("s")]
    [InlineData("a-longer-name-than-before")]
    [InlineData("größer")]
    public void Bytecode_of_a_relocated_source_is_what_would_be_compiled_there(string name)
    {
        Tool.Need("python3");
        using var site = new Site("xfs");
        string place = site.Folder[name];
        for (int length = 0; length < 300; length += 30)
        {
            string text = Module.Replace("b'HERE", name.All(char.IsAscii) ? "b'HERE" : "'HERE", StringComparison.Ordinal)      // bytes are ASCII
                .Replace("LONG'", new string('n', length) + "'", StringComparison.Ordinal).Replace("HERE", site.Source, StringComparison.Ordinal);
            site.Folder.Write($"source/module{length}.py", text);
        }
        Tool.Run("python3", "-m", "compileall", "-q", site.Source);
        site.Record();

        RestoreReport report = site.Restore(options: new RestoreOptions { Destination = place, Strict = true });
        (_, RelocationCounts cloned) = RelocatingCloner.Clone(site.Source, site.Folder[name + "2"]);

        Assert.Equal((20, 20), (report.Relocated.Files, cloned.Files));
        Assert.Equal("10\n", Tool.Run("python3", "-c", Compare, place, site.Source));
        Assert.Equal("10\n", Tool.Run("python3", "-c", Compare, place + "2", site.Source));
    }
}
